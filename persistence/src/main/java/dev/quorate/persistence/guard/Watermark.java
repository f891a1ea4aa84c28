/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.Bytes;

/**
 * The highest source and target that a key was ever used for; they may be of different messages.
 *
 * @param groupKey the validator's public key, 48 bytes
 * @param source epoch of an attestation, 0 for a block
 * @param target epoch of an attestation, slot of a block
 */
public record Watermark(Bytes groupKey, WatermarkKind kind, long source, long target) {
  public Watermark {
    if (source < 0 || target < 0) {
      throw new IllegalArgumentException("negative: " + source + "/" + target);
    }
  }
}
