/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.assignment.Assignment;
import java.util.concurrent.CompletionStage;

/**
 * Where this operator's partial signatures come from. It asks nothing: validators call it behind a
 * granted guard and a durable intent, and nobody else does.
 */
public interface ShareSource {
  /**
   * @param decided the value that {@code signable} was made of
   * @param signable what is signed, as the guard granted it
   */
  record Request(DutyId duty, Assignment assignment, Value decided, Signable signable) {
    public Bytes32 root() {
      return signable.root();
    }
  }

  /**
   * The partial signature of this operator's share, 192 bytes, uncompressed. Asking again is
   * harmless.
   */
  CompletionStage<Bytes> sign(Request request);

  /**
   * Whether this operator's share of a validator is in reach. The guard is asked for nothing that
   * could only be signed later: by then the share may bring a history that speaks against it.
   *
   * @param validator position in the cluster file
   */
  default boolean isHere(int validator) {
    return true;
  }
}
