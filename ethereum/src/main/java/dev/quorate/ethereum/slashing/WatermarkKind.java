/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import dev.quorate.consensus.duty.DutyType;
import java.util.Optional;

/** The two kinds of message that EIP-3076 protects. The code stands in databases: frozen. */
public enum WatermarkKind {
  /** Source and target are epochs. */
  ATTESTATION(1),
  /** Source is 0, target is the slot. */
  BLOCK(2);

  private final int code;

  WatermarkKind(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** The kind that protects a type of duty; empty if EIP-3076 does not know it. */
  public static Optional<WatermarkKind> of(DutyType type) {
    return switch (type) {
      case ATTESTER -> Optional.of(ATTESTATION);
      case PROPOSER -> Optional.of(BLOCK);
      case EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          PREPARE_AGGREGATOR,
          AGGREGATOR,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          Optional.empty();
    };
  }

  /**
   * @throws IllegalArgumentException if no kind has the code
   */
  public static WatermarkKind ofCode(int code) {
    return switch (code) {
      case 1 -> ATTESTATION;
      case 2 -> BLOCK;
      default -> throw new IllegalArgumentException("an unknown kind of watermark: " + code);
    };
  }
}
