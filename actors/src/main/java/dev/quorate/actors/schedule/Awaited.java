/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Duties that wait for what others of the same validator and slot make: the proof that it was
 * selected, and what was agreed on. Of a few slots, the older ones are forgotten.
 */
final class Awaited {
  /** A slot's aggregates are due within it. */
  static final int SLOTS_KEPT = 2;

  private final TreeMap<DutyId, Inputs> inputs = new TreeMap<>();

  /** Of one duty, as far as they are there. */
  private record Inputs(Optional<Bytes> proof, Optional<Bytes32> root) {
    static final Inputs NONE = new Inputs(Optional.empty(), Optional.empty());
  }

  /**
   * A duty that waits for nothing any more.
   *
   * @param selectionProof the group's signature, 96 bytes
   * @param root of what was agreed on: attestation data, or a block
   */
  record Ready(DutyId duty, Bytes selectionProof, Bytes32 root) {}

  /** The validator was selected for {@code duty}. */
  Optional<Ready> selected(DutyId duty, Bytes proof) {
    return put(duty, new Inputs(Optional.of(proof), known(duty).root()));
  }

  /** This is what {@code duty} is to be about, whoever is selected. */
  Optional<Ready> agreed(DutyId duty, Bytes32 root) {
    return put(duty, new Inputs(known(duty).proof(), Optional.of(root)));
  }

  private Inputs known(DutyId duty) {
    return inputs.getOrDefault(duty, Inputs.NONE);
  }

  private Optional<Ready> put(DutyId duty, Inputs now) {
    inputs.put(duty, now);
    long newest = inputs.lastKey().slot();
    for (Map.Entry<DutyId, Inputs> first = inputs.firstEntry();
        first.getKey().slot() <= newest - SLOTS_KEPT;
        first = inputs.firstEntry()) {
      inputs.pollFirstEntry();
    }
    return now.proof()
        .flatMap(proof -> now.root().map(root -> new Ready(duty, proof, root)));
  }
}
