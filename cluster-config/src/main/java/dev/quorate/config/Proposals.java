/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.consensus.Bytes;
import java.util.OptionalInt;

/**
 * What all operators agreed on for the blocks of their validators.
 *
 * @param feeRecipient who is paid for them: an address, 20 bytes
 * @param builderGasLimit how large builders may make them, in gas; empty: builders are told nothing
 */
public record Proposals(Bytes feeRecipient, OptionalInt builderGasLimit) {
  static final int ADDRESS_BYTES = 20;

  /**
   * @throws InvalidConfiguration if the address is none, or zero, or the limit not positive
   */
  public Proposals {
    if (feeRecipient.size() != ADDRESS_BYTES
        || feeRecipient.equals(Bytes.wrap(new byte[ADDRESS_BYTES]))) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          "proposals.feeRecipient",
          "an address of 20 bytes is needed, and not zero: what it gets is lost");
    }
    if (builderGasLimit.orElse(1) < 1) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED, "proposals.builderGasLimit", "it is not positive");
    }
  }
}
