/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Takes this operator's key shares in and out while its pod runs. Everything here blocks, and one
 * waits for another.
 */
public interface KeyDesk {
  /** What became of a key store that was handed in. */
  sealed interface Import {
    /** Its share signs from now on. */
    record Imported() implements Import {}

    /** Its share was here, and signs as before. */
    record Duplicate() implements Import {}

    /**
     * @param why what is wrong with it, and what to do
     */
    record Refused(String why) implements Import {}
  }

  /** What became of a share that was to go. */
  sealed interface Removal {
    /** It signed until now, and never again on this database unless it is imported. */
    record Deleted() implements Removal {}

    /** The same, but it did not sign here. */
    record NotActive() implements Removal {}

    /** No validator of the cluster has such a key. */
    record NotFound() implements Removal {}

    /**
     * @param why it may go on signing, or is still there
     */
    record Failed(String why) implements Removal {}
  }

  /**
   * @param outcomes in the order of the keys
   * @param history of those that do not sign any more (EIP-3076), under the keys they were named by
   */
  record Removals(List<Removal> outcomes, String history) {
    public Removals {
      outcomes = List.copyOf(outcomes);
    }
  }

  /** The positions in the cluster file of the validators with whose shares this pod signs. */
  SortedSet<Integer> signing();

  /**
   * Takes shares in: only this operator's, whatever a key store says of itself.
   *
   * @param stores JSON of EIP-2335
   * @param passwords one for each
   * @param history of what they signed (EIP-3076): the guard knows it before they sign anything
   * @return in the order of the stores
   * @throws dev.quorate.config.InvalidConfiguration if the history cannot be taken over; then
   *     nothing is
   */
  List<Import> take(List<String> stores, List<String> passwords, Optional<String> history);

  /**
   * Takes shares out: the guard refuses them, durably and to all pods, before anything else
   * happens.
   *
   * @param keys shares' or groups', 48 bytes each
   */
  Removals remove(List<Bytes> keys);
}
