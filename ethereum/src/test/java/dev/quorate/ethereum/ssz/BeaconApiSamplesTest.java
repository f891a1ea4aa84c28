/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that another client sends and takes, most of them of forks the SSZ vectors lack. */
class BeaconApiSamplesTest {
  @ParameterizedTest
  @CsvSource({
    "v3/newBlockPHASE0, /data, PHASE0, BeaconBlock",
    "v3/newBlockALTAIR, /data, ALTAIR, BeaconBlock",
    "handlers/v1/beacon/getBlock, /data, PHASE0, SignedBeaconBlock",
    "handlers/v2/beacon/getBlock, /data, ALTAIR, SignedBeaconBlock",
    "handlers/v1/beacon/getBlockHeader, /data/header, PHASE0, SignedBeaconBlockHeader",
    "handlers/v1/beacon/getVoluntaryExits, /data/0, PHASE0, SignedVoluntaryExit",
    "handlers/v1/beacon/getProposerSlashings, /data/0, PHASE0, ProposerSlashing",
    "handlers/v1/beacon/getBlsToExecutionChanges, /data/0, CAPELLA, SignedBLSToExecutionChange",
    "handlers/v1/validator/getSyncCommitteeContribution, /data, ALTAIR, SyncCommitteeContribution",
    "handlers/v2/beacon/getAttestationsPHASE0, /data/0, PHASE0, Attestation",
    "handlers/v2/beacon/getAttestationsELECTRA, /data/0, ELECTRA, Attestation",
    "handlers/v2/beacon/getAttesterSlashingsPHASE0, /data/0, PHASE0, AttesterSlashing",
    "handlers/v2/beacon/getAttesterSlashingsELECTRA, /data/0, ELECTRA, AttesterSlashing",
    "handlers/v2/beacon/postAttestationRequestBodyELECTRA, /0, ELECTRA, SingleAttestation",
    "handlers/v2/validator/postAggregateAndProofsRequestBodyPHASE0, /0, PHASE0, SignedAggregateAndProof",
    "handlers/v2/validator/postAggregateAndProofsRequestBodyELECTRA, /0, ELECTRA, SignedAggregateAndProof"
  })
  void readsEncodesDecodesAndWritesBack(String file, String pointer, Fork fork, String container) {
    JsonNode json =
        SharedVectors.json(
                SharedVectors.at("beacon-api-samples/teku/data/beaconrestapi/" + file + ".json"))
            .at(pointer);
    SszType type = new BeaconTypes(fork, Preset.MINIMAL).container(container);
    SszValue value = SszJson.read(type, json).orElseThrow();
    Bytes encoded = Ssz.encode(type, value);
    assertThat(Ssz.decode(type, encoded)).contains(value);
    assertThat(SszJson.write(type, value)).isEqualTo(json);
  }
}
