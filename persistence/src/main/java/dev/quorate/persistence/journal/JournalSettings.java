/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.persistence.store.OperatorDatabase;
import java.util.Map;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;

/**
 * How the journal writes.
 *
 * @param pendingWritesMax writes that may wait (the plugin's {@code bufferSize}); more fail their
 *     entity, so it must be above the number of entities
 * @param groupMax rows in one transaction
 * @param writers transactions at a time
 * @param eventsKept the newest events of each entity, which are never deleted
 */
public record JournalSettings(int pendingWritesMax, int groupMax, int writers, int eventsKept) {
  public static final JournalSettings DEFAULT = new JournalSettings(32_768, 400, 2, 10_000);

  public JournalSettings {
    if (pendingWritesMax < 1
        || groupMax < 1
        || writers < 1
        || eventsKept < 1
        || writers > OperatorDatabase.JOURNAL_CONNECTIONS) {
      throw new IllegalArgumentException(
          pendingWritesMax
              + " pending, "
              + groupMax
              + " a group, "
              + writers
              + " writers, "
              + eventsKept
              + " kept");
    }
  }

  /** The same, but for how much history stays. */
  public JournalSettings withEventsKept(int events) {
    return new JournalSettings(pendingWritesMax, groupMax, writers, events);
  }

  /** The journal's part of an actor system's configuration; stands above {@code reference.conf}. */
  public Config config() {
    return ConfigFactory.parseMap(
            Map.of(
                "jdbc-journal.bufferSize", pendingWritesMax,
                "jdbc-journal.batchSize", groupMax,
                "jdbc-journal.parallelism", writers))
        .withFallback(ConfigFactory.parseResources(JournalSettings.class, "journal.conf"));
  }

  /**
   * What an actor system is created with whose journal and snapshots are in {@code database}. The
   * system must end before the database is closed.
   *
   * @param configuration everything but the journal's part, {@code reference.conf} included
   */
  public ActorSystemSetup setup(OperatorDatabase database, Config configuration) {
    return ActorSystemSetup.create(
        BootstrapSetup.create(config().withFallback(configuration)),
        new JournalDatabase(database, this));
  }
}
