/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.SharedVectors;

/** Mainnet's own figures, for tests. */
public final class Chains {
  public static final Genesis MAINNET_GENESIS =
      new Genesis(
          1_606_824_023L,
          Bytes32.fromHex("4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95"),
          Bytes.fromHex("00000000"));

  private Chains() {}

  public static ObjectNode mainnetSpec() {
    return (ObjectNode)
        SharedVectors.json(
            """
            {"SECONDS_PER_SLOT":"12","SLOT_DURATION_MS":"12000","SLOTS_PER_EPOCH":"32",
             "ATTESTATION_DUE_BPS":"3333","AGGREGATE_DUE_BPS":"6667",
             "SYNC_MESSAGE_DUE_BPS":"3333","CONTRIBUTION_DUE_BPS":"6667",
             "BLOB_SCHEDULE":[{"EPOCH":"412672"}],
             "GENESIS_FORK_VERSION":"0x00000000",
             "ALTAIR_FORK_VERSION":"0x01000000","ALTAIR_FORK_EPOCH":"74240",
             "BELLATRIX_FORK_VERSION":"0x02000000","BELLATRIX_FORK_EPOCH":"144896",
             "CAPELLA_FORK_VERSION":"0x03000000","CAPELLA_FORK_EPOCH":"194048",
             "DENEB_FORK_VERSION":"0x04000000","DENEB_FORK_EPOCH":"269568",
             "ELECTRA_FORK_VERSION":"0x05000000","ELECTRA_FORK_EPOCH":"364032",
             "FULU_FORK_VERSION":"0x06000000","FULU_FORK_EPOCH":"411392",
             "GLOAS_FORK_VERSION":"0x07000000","GLOAS_FORK_EPOCH":"18446744073709551615"}
            """);
  }

  public static ChainSpec mainnet() {
    return ChainSpec.ofJson(mainnetSpec());
  }
}
