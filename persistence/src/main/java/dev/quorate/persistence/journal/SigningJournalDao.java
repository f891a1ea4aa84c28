/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.persistence.store.SqlState;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import scala.util.Failure;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * The plugin's journal for entities that sign. Made by the plugin, by name.
 *
 * <p>The key (entity, sequence number) is the fence against a second incarnation: of two rows with
 * one number the database takes one. Two things follow. A group that holds such a row is rolled
 * back as a whole, so each entity's rows are then written again alone, and only the violator fails.
 * And events are never deleted: where the rows of an old incarnation are gone, the numbers it would
 * write are free again.
 */
public final class SigningJournalDao extends DefaultJournalDao {
  public SigningJournalDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      JournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
  }

  /** Called with the rows of one entity, which the plugin then groups with those of others. */
  @Override
  public Future<BoxedUnit> queueWriteJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
    // Only after a key violation: then nothing of the group was written, surely.
    return super.queueWriteJournalRows(rows)
        .transformWith(
            written ->
                written instanceof Failure<BoxedUnit> failure
                        && SqlState.isKeyViolation(failure.exception())
                    ? writeJournalRows(rows)
                    : Future.fromTry(written),
            ec());
  }

  @Override
  public Future<BoxedUnit> delete(String persistenceId, long maxSequenceNumber) {
    return Futures.failed(
        new UnsupportedOperationException("events of signing entities are never deleted"));
  }
}
