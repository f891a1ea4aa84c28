/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The FFG vote of an attestation, read from its SSZ by this checker itself. */
record Checkpoints(long source, Bytes32 sourceRoot, long target, Bytes32 targetRoot) {
  private static final int SIZE = 128;
  private static final int SOURCE_AT = 48;
  private static final int TARGET_AT = 88;

  /** Of bytes that are no attestation: checkpoints that nobody says. */
  static Checkpoints of(Value value) {
    if (value.content().size() != SIZE) {
      return new Checkpoints(-1, value.hash(), -1, value.hash());
    }
    byte[] bytes = value.content().toArray();
    ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new Checkpoints(
        numbers.getLong(SOURCE_AT),
        Bytes32.of(bytes, SOURCE_AT + Long.BYTES),
        numbers.getLong(TARGET_AT),
        Bytes32.of(bytes, TARGET_AT + Long.BYTES));
  }
}
