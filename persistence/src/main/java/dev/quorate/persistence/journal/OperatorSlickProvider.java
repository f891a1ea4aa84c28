/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import com.typesafe.config.Config;
import dev.quorate.persistence.store.OperatorDatabase;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.jdbc.db.SlickDatabase;
import org.apache.pekko.persistence.jdbc.db.SlickDatabaseProvider;
import scala.Option;
import slick.jdbc.H2Profile$;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcBackend$;
import slick.jdbc.JdbcProfile;
import slick.jdbc.PostgresProfile$;
import slick.util.AsyncExecutor;
import slick.util.AsyncExecutor$;

/**
 * Gives journal and snapshot store of an actor system the database that {@link
 * JournalSettings#setup} put into it. Made by the plugin, by name, once per actor system.
 */
public final class OperatorSlickProvider implements SlickDatabaseProvider {
  private final SlickDatabase shared;

  public OperatorSlickProvider(ActorSystem system) {
    JournalDatabase handed = JournalDatabase.of(system);
    int connections = OperatorDatabase.JOURNAL_CONNECTIONS;
    // The queue holds a whole broken group of each writer, which is written again row by row.
    AsyncExecutor executor =
        AsyncExecutor$.MODULE$.apply(
            system.name() + "-journal",
            connections,
            connections,
            handed.settings().pendingWritesMax(),
            connections,
            false);
    JdbcBackend.JdbcDatabaseDef database =
        JdbcBackend$.MODULE$
            .Database()
            .forDataSource(
                handed.database().dataSource(), Option.apply(connections), executor, false);
    JdbcProfile profile =
        switch (handed.database().dialect()) {
          case H2 -> H2Profile$.MODULE$;
          case POSTGRESQL -> PostgresProfile$.MODULE$;
        };
    system.registerOnTermination(database::close);
    this.shared = new Shared(database, profile);
  }

  @Override
  public SlickDatabase database(Config plugin) {
    return shared;
  }

  private record Shared(JdbcBackend.JdbcDatabaseDef database, JdbcProfile profile)
      implements SlickDatabase {
    /** Journal and snapshot store share it: neither closes it. */
    @Override
    public boolean allowShutdown() {
      return false;
    }
  }
}
