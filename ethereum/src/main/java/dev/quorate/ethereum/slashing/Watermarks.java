/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

/** All that is remembered of one key on one chain. */
public record Watermarks(AttestationWatermark attestation, BlockWatermark block) {
  public static final Watermarks NONE =
      new Watermarks(AttestationWatermark.NONE, BlockWatermark.NONE);

  /** What is known once {@code other} is known of the same key too. */
  public Watermarks raisedTo(Watermarks other) {
    return new Watermarks(attestation.raisedTo(other.attestation), block.raisedTo(other.block));
  }
}
