/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.SqlState;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
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
import slick.dbio.DBIOAction;
import slick.dbio.Effect;
import slick.dbio.NoStream;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;
import slick.jdbc.SimpleJdbcAction;

/**
 * The plugin's journal for entities that sign. Made by the plugin, by name.
 *
 * <p>The key (entity, sequence number) is the fence against a second incarnation: of two rows with
 * one number the database takes one. Two things follow. A group that holds such a row is rolled
 * back as a whole, so each entity's rows are then written again alone, and only the violator fails.
 * And where events are deleted a {@link JournalFloor floor} takes the rows' place.
 */
public final class SigningJournalDao extends DefaultJournalDao {
  private final JournalFloor floor;

  public SigningJournalDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      JournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
    JournalDatabase handed = JournalDatabase.of(materializer.system());
    this.floor =
        new JournalFloor(
            handed.database().identity().genesisRoot(), handed.settings().eventsKept());
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
  public Future<BoxedUnit> writeJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
    Map<String, Long> lowest = new HashMap<>();
    rows.foreach(
        row -> lowest.merge(row._1().persistenceId(), row._1().sequenceNumber(), Math::min));
    return inTransaction(
        queries()
            .writeJournalRows(rows, ec())
            .andThen(
                action(connection -> {
                  JournalFloor.refuseBelow(connection, lowest);
                  return lowest.size();
                })));
  }

  /** Deletes less than it is asked to, or nothing: see {@link JournalFloor}. */
  @Override
  public Future<BoxedUnit> delete(String persistenceId, long maxSequenceNumber) {
    return inTransaction(
        action(connection -> floor.delete(connection, persistenceId, maxSequenceNumber)));
  }

  private static DBIOAction<Integer, NoStream, Effect.All> action(
      OperatorDatabase.Transaction<Integer> statements) {
    return new SimpleJdbcAction<>(context -> {
      try {
        return statements.run(context.connection());
      } catch (SQLException failure) {
        throw new DatabaseFailedException("a transaction of the journal", failure);
      }
    });
  }

  // Slick's effects say what an action does, to Scala's compiler alone: Java cannot name their sum.
  @SuppressWarnings({"unchecked", "rawtypes"})
  private <R> Future<BoxedUnit> inTransaction(DBIOAction<R, NoStream, ?> statements) {
    DBIOAction transaction =
        profile().api().jdbcActionExtensionMethods(statements).transactionally();
    return ((Future<R>) db().run(transaction)).map(_ -> BoxedUnit.UNIT, ec());
  }
}
