/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import dev.quorate.persistence.store.OperatorDatabase;
import org.apache.pekko.actor.setup.Setup;

/**
 * Hands the open database to the actor system that it was created for: several operators run in one
 * process, so nothing may be found by a global name.
 */
final class JournalDatabase extends Setup {
  private final OperatorDatabase database;
  private final JournalSettings settings;

  JournalDatabase(OperatorDatabase database, JournalSettings settings) {
    this.database = database;
    this.settings = settings;
  }

  OperatorDatabase database() {
    return database;
  }

  JournalSettings settings() {
    return settings;
  }
}
