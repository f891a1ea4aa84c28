/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes32;

/** What the Beacon API takes in an {@linkplain Signed envelope} with its signature. */
public sealed interface Message
    permits AggregateAndProof, ContributionAndProof, ValidatorRegistration, VoluntaryExit {
  ObjectNode toJson();

  Bytes32 hashTreeRoot();
}
