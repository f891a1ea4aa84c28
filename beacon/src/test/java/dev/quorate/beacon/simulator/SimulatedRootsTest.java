/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The roots that the simulator verifies signatures against, compared with figures that do not come
 * from this code, lest the simulator share its mistakes.
 */
class SimulatedRootsTest {
  /** The example ATTESTATION of ethereum/remote-signing-api at 2f5ae185. */
  @Test
  void signsWhatARemoteSignerSigns() {
    Bytes32 block =
        Bytes32.fromHex("0xb2eedb01adbd02c828d5eec09b4c70cbba12ffffba525ebf48aca33028e8ad89");
    AttestationData data =
        new AttestationData(
            32, 0, block, new Checkpoint(0, Bytes32.ZERO), new Checkpoint(0, block));
    Bytes32 domain =
        Domains.compute(
            DomainType.BEACON_ATTESTER,
            Bytes.fromHex("0x00000001"),
            Bytes32.fromHex("0x04700007fabc8282644aed6d1c7c9e21d38a03a0c4ba193f3afe428824b3a673"));
    assertThat(Domains.signingRoot(data.hashTreeRoot(), domain))
        .hasToString("0x548c9a015f4c96cb8b1ddbbdfca85846f85bf9f344a434c140f378cdfb5341f0");
  }

  /**
   * Computed apart from this code, with an SSZ of a few lines in another language that agrees with
   * the example above and with every AttestationData of consensus-spec-tests' ssz_static.
   */
  @ParameterizedTest
  @CsvSource({
    "CAPELLA, 0x3ebe5fab9e6c2e896a035acd436535c45df99fbab268902a2e2d94b5022b8b4c",
    "FULU, 0xaf8514cd2a68ff1c5788c71a254decb656c58cd32aca0be58c01f2e32719f469"
  })
  void derivesTheSigningRootOfItsForkAndGenesis(Fork fork, String signingRoot) {
    SimulatedChain chain = new SimulatedChain(new TestValidators(16).chain(fork));
    AttestationData data = chain.attestationData(43);
    assertThat(data.beaconBlockRoot())
        .as("the same chain in every version of the simulator")
        .hasToString("0x82a015911d3dd13229d83ccd0b8098d76165561380e8d557976efdd0f7f7d275");
    assertThat(data.hashTreeRoot())
        .hasToString("0xef8ede96b3997f8984e9bff49ec04a653eec09d13548e4cb3c9638994a2e2d62");
    assertThat(new AttestationPool(chain, new SignatureChecks(chain.config())).signingRoot(data))
        .hasToString(signingRoot);
  }
}
