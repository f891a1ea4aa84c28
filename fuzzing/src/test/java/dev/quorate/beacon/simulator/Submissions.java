/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.Fork;
import java.util.List;

/** What callers of the beacon simulator submit to it. */
public final class Submissions {
  private Submissions() {}

  public static SimulatedChain chain(Fork fork, Bytes publicKey) {
    return new SimulatedChain(
        new ChainConfig(
            1, 1_700_000_000, fork, 12_000, 32, Placement.SPREAD, 256, List.of(publicKey)));
  }

  public static ObjectNode spec(SimulatedChain chain) {
    return chain.specJson();
  }

  /** Of the chain's only validator under test. */
  public static AttesterDuty duty(SimulatedChain chain, long epoch) {
    return chain.dutyOf(SimulatedChain.validatorIndex(0), epoch).orElseThrow();
  }

  public static boolean isAttributed(JsonNode json, SimulatedChain chain) {
    return SubmittedAttestation.read(json, chain) instanceof SubmittedAttestation.Attributed;
  }
}
