/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.duty.DutyType;
import java.util.Optional;

/** The two kinds of message that EIP-3076 protects. The code stands in the table: frozen. */
enum WatermarkKind {
  /** Source and target are epochs. */
  ATTESTATION(1),
  /** Source is 0, target is the slot. */
  BLOCK(2);

  private final int code;

  WatermarkKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The kind that protects a type of duty; empty if EIP-3076 does not know it. */
  static Optional<WatermarkKind> of(DutyType type) {
    return switch (type) {
      case ATTESTER -> Optional.of(ATTESTATION);
    };
  }

  static WatermarkKind ofCode(int code) {
    return switch (code) {
      case 1 -> ATTESTATION;
      case 2 -> BLOCK;
      default -> throw new IllegalArgumentException("an unknown kind of watermark: " + code);
    };
  }
}
