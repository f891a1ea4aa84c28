/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.ethereum.attestation.AttestationData;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Duties that wait for what others of the same validator and slot make: the proof that it was
 * selected, and what was agreed on. Of a few slots, the older ones are forgotten.
 */
final class Awaited {
  /** A slot's aggregates are due within it. */
  static final int SLOTS_KEPT = 2;

  private final Map<DutyId, Inputs> inputs = new HashMap<>();

  /** Of one duty, as far as they are there. */
  private record Inputs(Optional<Bytes> proof, Optional<AttestationData> data) {
    static final Inputs NONE = new Inputs(Optional.empty(), Optional.empty());
  }

  /**
   * A duty that waits for nothing any more.
   *
   * @param selectionProof the group's signature, 96 bytes
   * @param data that was agreed on, as the validator signed it
   */
  record Ready(DutyId duty, Bytes selectionProof, AttestationData data) {}

  /** The validator was selected for {@code duty}. */
  Optional<Ready> selected(DutyId duty, Bytes proof) {
    return put(duty, new Inputs(Optional.of(proof), known(duty).data()));
  }

  /** This is what {@code duty} is to be about, whoever is selected. */
  Optional<Ready> agreed(DutyId duty, AttestationData data) {
    return put(duty, new Inputs(known(duty).proof(), Optional.of(data)));
  }

  private Inputs known(DutyId duty) {
    return inputs.getOrDefault(duty, Inputs.NONE);
  }

  private Optional<Ready> put(DutyId duty, Inputs now) {
    inputs.put(duty, now);
    return now.proof().flatMap(proof -> now.data().map(data -> new Ready(duty, proof, data)));
  }

  /** Forgets all but the slots around this one. */
  void onSlot(long current) {
    inputs.keySet().removeIf(duty -> Math.abs(duty.slot() - current) >= SLOTS_KEPT);
  }
}
