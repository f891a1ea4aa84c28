/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Lodestar 1.5.1 answered on a development chain, read by our client. */
class CapturedAnswersTest {
  private static final String FOLDER = "clients/captures/npm-1.5.1-capella-json";

  private static ActorTestKit kit;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  private static JsonNode capture(String name) {
    Path file = Path.of(System.getProperty("quorate.shared", ""), FOLDER, name + ".json");
    if (!Files.exists(file)) {
      String message = "SKIPPED: no captures of a real node at " + file;
      System.err.println(message);
      Assumptions.abort(message);
    }
    try {
      return JsonMapper.builder().build().readTree(file.toFile());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static BeaconNode replaying(JsonNode capture) {
    FakeNode fake =
        FakeNode.start(
            kit.system(),
            received ->
                received.route().startsWith("POST /eth/v1/beacon/states")
                    ? FakeNode.json(404, "{}")
                    : FakeNode.json(
                        capture.at("/response/status").asInt(),
                        capture.at("/response/body").asText()));
    return new BeaconNode(kit.system(), fake.url(), 20_000);
  }

  @Test
  void readsGenesisAndSpec() {
    assertThat(
            replaying(capture("GET_eth_v1_beacon_genesis.200"))
                .genesis()
                .toCompletableFuture()
                .join()
                .forkVersion())
        .isEqualTo(Bytes.fromHex("0x03000001"));
    ChainSpec spec =
        replaying(capture("GET_eth_v1_config_spec.200")).spec().toCompletableFuture().join();
    assertThat(spec.forkAtSlot(0)).isEqualTo(Fork.CAPELLA);
    assertThat(spec.slotsPerEpoch()).isEqualTo(8);
  }

  @Test
  void readsDuties() {
    JsonNode capture = capture("POST_eth_v1_validator_duties_attester_N.200");
    AttesterDuties duties =
        replaying(capture)
            .attesterDuties(0, LongStream.range(0, 16).boxed().toList())
            .toCompletableFuture()
            .join();
    assertThat(duties.duties())
        .hasSize(16)
        .extracting(AttesterDuty::committeeLength)
        .containsOnly(2);
  }

  @Test
  void readsProposalsAndSeatsInTheSyncCommittee() {
    BeaconNode node = replaying(capture("GET_eth_v1_validator_duties_proposer_N.200"));
    ChainSpec spec =
        replaying(capture("GET_eth_v1_config_spec.200")).spec().toCompletableFuture().join();
    assertThat(node.proposerDuties(spec, 0).toCompletableFuture().join().duties()).hasSize(8);
    assertThat(
            replaying(capture("POST_eth_v1_validator_duties_sync_N.200"))
                .syncDuties(0, LongStream.range(0, 16).boxed().toList())
                .toCompletableFuture()
                .join())
        .hasSize(16)
        .allSatisfy(duty -> assertThat(duty.positions()).hasSize(2));
  }

  @Test
  void readsValidators() {
    JsonNode capture = capture("GET_eth_v1_beacon_states_head_validators-with-id.200");
    List<Bytes> asked =
        Stream.of(capture.at("/request/url").asText().split("id="))
            .skip(1)
            .map(id -> Bytes.fromHex(id.substring(0, 98)))
            .toList();
    assertThat(replaying(capture).validators(asked).toCompletableFuture().join())
        .containsOnlyKeys(asked)
        .allSatisfy((_, known) -> assertThat(known.status().isActive()).isTrue());
  }

  @Test
  void readsAttestationData() {
    AttestationData data =
        replaying(capture("GET_eth_v1_validator_attestation_data-with-slot-committee_index.200"))
            .attestationData(0)
            .toCompletableFuture()
            .join();
    assertThat(data.target().root()).isEqualTo(data.beaconBlockRoot());
  }
}
