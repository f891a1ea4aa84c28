/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.history.JournalHistory;
import dev.quorate.persistence.history.SigningHistory;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.DatabaseRefusedException;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import dev.quorate.persistence.store.HighWaterMark;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The signing guard that an operator's pods sign by, in their database, beside them: every row that
 * it holds is the pods' row. It needs none of the operator's key shares.
 */
final class OwnGuard implements AutoCloseable {
  private final OwnDatabase owner;
  private final OperatorDatabase database;
  private final SigningGuard guard;

  /**
   * @throws DatabaseRefusedException as {@link OwnDatabase#open}
   * @throws CommandFailedException if the database is older than what a pod acknowledged from it,
   *     and no pod has entered quarantine yet
   */
  static OwnGuard open(OwnDatabase owner) {
    OwnGuard own = new OwnGuard(owner, owner.open());
    try {
      own.refuseIfOlder();
      return own;
    } catch (RuntimeException refused) {
      own.close();
      throw refused;
    }
  }

  /** The same, but makes the database ready if no pod ever ran on it. */
  static OwnGuard openOrMake(OwnDatabase owner) {
    try {
      return open(owner);
    } catch (DatabaseRefusedException refused) {
      if (refused.problem() != Problem.NEVER_USED) {
        throw refused;
      }
      return new OwnGuard(owner, owner.make());
    }
  }

  private OwnGuard(OwnDatabase owner, OperatorDatabase database) {
    this.owner = owner;
    this.database = database;
    this.guard = new SigningGuard(database, owner.clock());
  }

  /** By the marks that are here: what the database says would be too little. */
  private void refuseIfOlder() {
    List<Path> found = List.of();
    if (Files.isDirectory(owner.marks())) {
      try (Stream<Path> files = Files.list(owner.marks())) {
        found = files.filter(OperatorSettings.Files::isMark).toList();
      } catch (IOException failure) {
        throw new CommandFailedException(owner.marks() + " cannot be read: " + failure);
      }
    }
    for (Path mark : found) {
      if (HighWaterMark.isOlder(database, mark)) {
        throw new CommandFailedException(
            "the database lacks what was acknowledged from it, by "
                + mark
                + "; start a pod first, which then refuses what it may have signed");
      }
    }
  }

  /**
   * Of all validators of the cluster, by group key, those among them that signed nothing. A pod
   * that starts raises its guard to the history in its folder, so that one counts too.
   */
  SortedMap<Bytes, Watermarks> watermarks() {
    SortedMap<Bytes, Watermarks> held = guard.watermarks();
    Optional<Protection> inherited = owner.folder().protection();
    SortedMap<Bytes, Watermarks> known = new TreeMap<>();
    owner
        .cluster()
        .validators()
        .forEach(validator -> {
          Bytes key = validator.group().compressed();
          Watermarks signed = held.getOrDefault(key, Watermarks.NONE);
          known.put(
              key,
              inherited
                  .map(Protection::watermarks)
                  .map(before -> before.get(key))
                  .map(signed::raisedTo)
                  .orElse(signed));
        });
    return known;
  }

  Optional<Quarantine> quarantine() {
    return QuarantineRow.read(database);
  }

  /** As {@link JournalHistory#read}. */
  SigningHistory history(SharedKey validator) {
    Bytes key = validator.group().compressed();
    return JournalHistory.read(
        database, DistributedValidator.persistenceId(key), key, owner.share(validator));
  }

  /** As {@link QuarantineRow#allowSource}. */
  void allowSource(long source) {
    QuarantineRow.allowSource(database, source);
  }

  /** As {@link SigningGuard#raise}. */
  Set<Bytes> raise(SortedMap<Bytes, Watermarks> signed) {
    return guard.raise(signed);
  }

  @Override
  public void close() {
    guard.close();
    database.close();
  }
}
