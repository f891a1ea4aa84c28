/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.util.List;
import java.util.SortedMap;

/** Partial signatures and what becomes of them. */
public interface Signatures {
  /** 192 bytes. */
  Bytes sign(int operator, Bytes32 root);

  Combination combine(Bytes32 root, SortedMap<Integer, Bytes> partials);

  /** Is this the group's signature? Asked by checkers, of nobody who made it. */
  boolean isOfGroup(Bytes32 root, Bytes signature);

  /**
   * A wrong partial signature of a traitor's making.
   *
   * @param variant in which way
   */
  Bytes wrong(int operator, Bytes32 root, int variant);

  /** What combining came to. */
  sealed interface Combination {
    record Made(Bytes signature, List<Integer> signers, List<Integer> culprits)
        implements Combination {}

    record TooFew(List<Integer> culprits) implements Combination {}
  }
}
