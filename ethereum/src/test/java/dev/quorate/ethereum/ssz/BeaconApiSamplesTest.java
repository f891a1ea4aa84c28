/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that another client sends and takes, most of them of forks the SSZ vectors lack. */
class BeaconApiSamplesTest {
  private static final String FOLDER = "beacon-api-samples/teku/data/beaconrestapi";

  /** What holds no value of a container that we hold, and why; docs/vectors.md counts them. */
  private static final Map<String, Integer> OTHERS =
      Map.of(
          // Schemas of events, no values.
          "handlers/v1/events/schema/.*",
          9,
          // Errors.
          "handlers/v./(beacon/(errorListBadRequest|postSyncCommittees)|validator/postAggregateAndProofs)",
          4,
          // Templates, whose roots and keys are %s or names in brackets.
          "handlers/v1/beacon/(stateFinalityCheckpoints|validatorState)|handlers/v2/node/.*",
          4,
          // Of gloas, which this version does not know.
          "handlers/v1/beacon/getExecutionPayload|v3/newBlockGLOAS",
          2,
          // JSON that is no container: duties, roots, balances, rewards, the configuration.
          "handlers/v./(validator/.*Duties.*|validator/postValidatorLiveness|rewards/.*|config/.*"
              + "|beacon/(get.*BlockRoot|getStateCommittees|getStateValidatorBalances"
              + "|postStateValidatorIdentities|stateProposerLookahead))",
          15);

  @Test
  void everyOtherSampleHoldsNoContainerOfOurs() throws Exception {
    Set<String> read = new HashSet<>();
    for (String row :
        getClass()
            .getDeclaredMethod(
                "readsEncodesDecodesAndWritesBack",
                String.class,
                String.class,
                Fork.class,
                String.class)
            .getAnnotation(CsvSource.class)
            .value()) {
      read.add(row.substring(0, row.indexOf(',')));
    }
    Path folder = SharedVectors.at(FOLDER);
    try (Stream<Path> files = Files.walk(folder)) {
      List<String> others =
          files
              .filter(Files::isRegularFile)
              .map(file -> folder.relativize(file).toString().replace(".json", ""))
              .filter(file -> !read.contains(file))
              .toList();
      OTHERS.forEach((pattern, count) ->
          assertThat(others.stream().filter(file -> file.matches(pattern)).toList())
              .as(pattern)
              .hasSize(count));
      assertThat(others)
          .hasSize(OTHERS.values().stream().mapToInt(Integer::intValue).sum())
          .allMatch(file -> OTHERS.keySet().stream().anyMatch(file::matches));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "handlers/v1/validator/getNewBlock, /data, PHASE0, BeaconBlock",
    "handlers/v1/validator/getAttestationData, /data, PHASE0, AttestationData",
    "handlers/v1/validator/getAggregateAttestation, /data, PHASE0, Attestation",
    "handlers/v1/validator/postContributionAndProofsTestRequestBody, /0, ALTAIR, SignedContributionAndProof",
    "handlers/v1/beacon/postAttestationRequestBody, /0, PHASE0, Attestation",
    "handlers/v1/beacon/getAttestations, /data/0, PHASE0, Attestation",
    "handlers/v1/beacon/getBlockAttestations, /data/0, PHASE0, Attestation",
    "handlers/v1/beacon/getBlockHeaders, /data/0/header, PHASE0, SignedBeaconBlockHeader",
    "handlers/v1/beacon/getAttesterSlashings, /data/0, PHASE0, AttesterSlashing",
    "handlers/v1/beacon/postAttesterSlashingRequestBody, '', PHASE0, AttesterSlashing",
    "handlers/v2/beacon/postAttesterSlashingRequestBody, '', PHASE0, AttesterSlashing",
    "handlers/v1/beacon/getBlindedBlock, /data, ALTAIR, SignedBeaconBlock",
    "handlers/v1/beacon/getStateValidatorsTest, /data/0/validator, PHASE0, Validator",
    "handlers/v1/builder/getExpectedWithdrawals, /data/0, CAPELLA, Withdrawal",
    "handlers/v2/beacon/postAttestationRequestBodyPHASE0, /0, PHASE0, Attestation",
    "v3/newBlockPHASE0, /data, PHASE0, BeaconBlock",
    "v3/newBlockALTAIR, /data, ALTAIR, BeaconBlock",
    "v3/newBlindedBlockDENEB, /data, DENEB, BlindedBeaconBlock",
    "v3/newBlindedBlockELECTRA, /data, ELECTRA, BlindedBeaconBlock",
    "v3/newBlindedBlockFULU, /data, FULU, BlindedBeaconBlock",
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
    JsonNode json = SharedVectors.json(SharedVectors.at(FOLDER + "/" + file + ".json")).at(pointer);
    SszType type = new BeaconTypes(fork, Preset.MINIMAL).container(container);
    SszValue value = SszJson.read(type, json).orElseThrow();
    Bytes encoded = Ssz.encode(type, value);
    assertThat(Ssz.decode(type, encoded)).contains(value);
    assertThat(SszJson.write(type, value)).isEqualTo(json);
  }
}
