/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.persistence.store.OperatorDatabase;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.setup.Setup;

/**
 * Hands the open database to the actor system that it was created for: several operators run in one
 * process, so nothing may be found by a global name.
 */
public final class JournalDatabase extends Setup {
  private final OperatorDatabase database;
  private final JournalSettings settings;

  JournalDatabase(OperatorDatabase database, JournalSettings settings) {
    this.database = database;
    this.settings = settings;
  }

  /**
   * @throws IllegalStateException if the actor system was not created with {@link
   *     JournalSettings#setup}
   */
  public static JournalDatabase of(ActorSystem system) {
    return system
        .settings()
        .setup()
        .get(JournalDatabase.class)
        .orElseThrow(() ->
            new IllegalStateException(
                "the actor system was not created with JournalSettings.setup"));
  }

  public OperatorDatabase database() {
    return database;
  }

  JournalSettings settings() {
    return settings;
  }
}
