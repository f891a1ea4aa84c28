/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.threshold.KeyShare;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Validator clients hold the key shares, and speak to their operators over the Beacon API alone:
 * real links, databases, guard and threshold signatures.
 */
class ValidatorClientTest {
  private static ClientNetwork network(Path folder, Fork fork) throws Exception {
    return new ClientNetwork(
        folder, new ClientNetwork.Plan(320, fork, 3_000, 32, HonestClient.Duties.AGGREGATES));
  }

  @Test
  void clientsOfFourOperatorsAttestAndAggregateTogether(@TempDir Path folder) throws Exception {
    try (ClientNetwork network = network(folder, Fork.DENEB)) {
      assertAllAttestAndAggregate(network);
    }
  }

  @Test
  void clientsThatAskForTheSelectionsOfTwoEpochsAtOnceAggregateToo(@TempDir Path folder)
      throws Exception {
    try (ClientNetwork network =
        new ClientNetwork(
            folder,
            new ClientNetwork.Plan(
                40, Fork.FULU, 8_000, 4, HonestClient.Duties.AGGREGATES_AHEAD))) {
      assertAllAttestAndAggregate(network);
    }
  }

  /** Some clients prove them once for the slots of an epoch, and keep what they have then. */
  @Test
  void clientsThatProveSyncSelectionsAnEpochAheadHaveTheGroupsAtOnce(@TempDir Path folder)
      throws Exception {
    try (ClientNetwork network =
        new ClientNetwork(
            folder,
            new ClientNetwork.Plan(8, Fork.FULU, 12_000, 8, HonestClient.Duties.ATTESTATIONS))) {
      network.awaitStartOf(network.nextSlot());
      long now = network.nextSlot() - 1;
      List<Callable<JsonNode>> asking = new ArrayList<>();
      for (int operator = 0; operator < 4; operator++) {
        HonestClient client = network.clients().get(operator);
        ArrayNode partials = syncSelections(network, operator, now + 2, now + 8);
        assertThat(partials.size()).isGreaterThanOrEqualTo(7);
        asking.add(() -> {
          JsonNode proofs =
              client.post("/eth/v1/validator/sync_committee_selections", partials).data();
          assertThat(proofs).hasSameSizeAs(partials);
          return proofs;
        });
      }
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        Set<JsonNode> answers = new HashSet<>();
        for (Future<JsonNode> answer : clients.invokeAll(asking)) {
          answers.add(answer.get());
        }
        assertThat(answers).as("the group's, whoever asks").hasSize(1);
      }
    }
  }

  /** This operator's partial proofs of all members in these slots. */
  private static ArrayNode syncSelections(
      ClientNetwork network, int operator, long fromSlot, long toSlot) throws Exception {
    HonestClient client = network.clients().get(operator);
    Map<String, KeyShare> keys = new HashMap<>();
    network
        .folders()
        .get(operator)
        .shares()
        .forEach(share -> keys.put("0x" + share.publicKey().compressed().hex(), share));
    ArrayNode indices = JsonNodeFactory.instance.arrayNode();
    for (JsonNode validator : client.get("/eth/v1/beacon/states/head/validators").data()) {
      if (keys.containsKey(validator.at("/validator/pubkey").asText())) {
        indices.add(validator.path("index").asText());
      }
    }
    ArrayNode proofs = JsonNodeFactory.instance.arrayNode();
    for (long slot = fromSlot; slot <= toSlot; slot++) {
      DutySlot at = new DutySlot(network.times().spec(), network.times().genesis(), slot);
      for (JsonNode member :
          client.post("/eth/v1/validator/duties/sync/" + at.epoch(), indices).data()) {
        Set<Integer> parts = new TreeSet<>();
        for (JsonNode seat : member.path("validator_sync_committee_indices")) {
          parts.add(seat.asInt() / 128);
        }
        KeyShare share = Objects.requireNonNull(keys.get(member.path("pubkey").asText()));
        for (int part : parts) {
          Bytes32 root = GivenRule.syncSelection(at, part).meaning().root();
          proofs
              .addObject()
              .put("validator_index", member.path("validator_index").asText())
              .put("slot", Long.toString(slot))
              .put("subcommittee_index", Integer.toString(part))
              .put("selection_proof", ApiJson.hex(share.sign(HashedMessage.of(root)).compressed()));
        }
      }
    }
    return proofs;
  }

  private static void assertAllAttestAndAggregate(ClientNetwork network) throws Exception {
    network.awaitStartOf(network.nextSlot());
    network.clients().forEach(HonestClient::start);
    long first = network.nextSlot() + 1;
    long last = first + 3;
    network.awaitStartOf(last + 1);
    // One in eight of ten a slot is drawn: now and then none of the first forty.
    while (network.clients().getFirst().selected(first, last) == 0) {
      last++;
      network.awaitStartOf(last + 1);
    }

    SimulatorReport report = network.chain().report(first, last);
    assertThat(report.expected()).isPositive();
    assertThat(report.missed()).as("missed duties of %s", report.slots()).isZero();
    assertThat(report.invalidAggregates()).isZero();
    assertThat(report.conflictingSignatures()).isZero();
    long until = last;
    assertThat(network.clients())
        .allSatisfy(client -> {
          assertThat(client.troubles()).isEmpty();
          assertThat(
                  Optional.ofNullable(report.others().get("aggregator")).orElseThrow().broadcast())
              .isPositive()
              .isEqualTo(client.selected(first, until));
        });
    assertThat(network.pods())
        .allSatisfy(pod -> assertThat(pod.operator().clientRefusals()).isEmpty());
  }

  /** Three of four sign: the fourth's clients are not needed, and its own duty says why. */
  @Test
  void aClientThatIsSilentCostsNoDuty(@TempDir Path folder) throws Exception {
    try (ClientNetwork network = network(folder, Fork.FULU)) {
      network.awaitStartOf(network.nextSlot());
      network.clients().subList(0, 3).forEach(HonestClient::start);
      long first = network.nextSlot() + 1;
      network.awaitStartOf(first + 3);

      SimulatorReport report = network.chain().report(first, first + 2);
      assertThat(report.expected()).isPositive();
      assertThat(report.missed()).isZero();
      assertThat(network.pods().get(3).operator().clientRefusals())
          .isEqualTo(Map.<ClientProblem, Long>of());
    }
  }

  /** Each client signs the exit of the period with its share: together they are the validator. */
  @Test
  void aValidatorLeavesOnceAThresholdOfClientsSignedItsExit(@TempDir Path folder) throws Exception {
    try (ClientNetwork network = network(folder, Fork.FULU)) {
      network.awaitStartOf(network.nextSlot());
      long period = network.times().firstSlotOfPeriod(network.nextSlot());
      DutySlot at = new DutySlot(network.times().spec(), network.times().genesis(), period);
      String index =
          network
              .clients()
              .getFirst()
              .get("/eth/v1/beacon/states/head/validators")
              .data()
              .at("/0/index")
              .asText();
      Bytes32 root = GivenRule.exit(at, Long.parseLong(index)).meaning().root();
      for (int operator = 0; operator < 3; operator++) {
        ObjectNode exit = JsonNodeFactory.instance.objectNode();
        exit.putObject("message")
            .put("epoch", Long.toString(at.epoch()))
            .put("validator_index", index);
        exit.put(
            "signature",
            ApiJson.hex(
                network
                    .folders()
                    .get(operator)
                    .shares()
                    .getFirst()
                    .sign(HashedMessage.of(root))
                    .compressed()));
        assertThat(
                network
                    .clients()
                    .get(operator)
                    .post("/eth/v1/beacon/pool/voluntary_exits", exit)
                    .status())
            .isEqualTo(200);
      }

      Operator first = network.pods().getFirst().operator();
      network.await(() -> first.signedExit(0, period).isPresent());

      Signed<VoluntaryExit> signed = first.signedExit(0, period).orElseThrow();
      assertThat(signed.message()).isEqualTo(new VoluntaryExit(at.epoch(), Long.parseLong(index)));
      assertThat(
              Bls.verify(
                  network.folders().getFirst().cluster().validators().getFirst().group(),
                  HashedMessage.of(root),
                  Signature.decode(signed.signature()).orElseThrow()))
          .isTrue();
    }
  }
}
