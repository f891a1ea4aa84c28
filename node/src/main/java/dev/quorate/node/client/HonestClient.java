/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.Selection;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.threshold.KeyShare;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A small validator client that follows the honest validator's guide (consensus-specs,
 * validator.md) over the Beacon API alone, as if its key shares were whole keys, and with the
 * selection endpoints of {@code --distributed}.
 */
public final class HonestClient implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String base;
  private final Map<Bytes, KeyShare> keys = new HashMap<>();
  private final SlotTimes times;
  private final Map<Long, Integer> selected = new ConcurrentHashMap<>();
  private final List<String> troubles = Collections.synchronizedList(new ArrayList<>());
  private final Map<Proof, Bytes> proofs = new HashMap<>();
  private final Thread thread;
  private final Duties duties;
  private final Map<String, List<Long>> tookNanos = new ConcurrentHashMap<>();
  private volatile boolean isStopped;

  /** What it does of what a validator does; each does what is before it, too. */
  public enum Duties {
    ATTESTATIONS,
    AGGREGATES,
    /** It proves the selections of this epoch and the next when an epoch begins. */
    AGGREGATES_AHEAD,
    BLOCKS
  }

  private record Proof(long slot, long index) {
    static Proof of(AttesterDuty duty) {
      return new Proof(duty.slot(), duty.validatorIndex());
    }
  }

  /** An answer. */
  public record Answer(int status, JsonNode json, String body) {
    public JsonNode data() {
      return json.path("data");
    }
  }

  HonestClient(InetSocketAddress api, List<KeyShare> shares, Duties duties)
      throws IOException, InterruptedException {
    base = "http://127.0.0.1:" + api.getPort();
    this.duties = duties;
    shares.forEach(share -> keys.put(share.publicKey().compressed(), share));
    times =
        new SlotTimes(
            ChainSpec.ofJson(get("/eth/v1/config/spec").data()),
            Genesis.ofJson(get("/eth/v1/beacon/genesis").data()).orElseThrow());
    thread = Thread.ofPlatform().name("client-" + api.getPort()).unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** How many of its validators the groups' proofs drew to aggregate, in these slots. */
  public int selected(long fromSlot, long toSlot) {
    return LongStream.rangeClosed(fromSlot, toSlot)
        .mapToInt(slot -> selected.getOrDefault(slot, 0))
        .sum();
  }

  /** What went wrong, in its words. */
  public List<String> troubles() {
    return List.copyOf(troubles);
  }

  public Answer get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(base + path)).GET());
  }

  public Answer post(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", "application/json")
            .header("Eth-Consensus-Version", fork().consensusVersion())
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  /** {@code http://127.0.0.1:port} of its operator. */
  public String base() {
    return base;
  }

  /** How long its own requests took that were answered with 200, by the end of their paths. */
  public Map<String, List<Long>> tookNanos() {
    return tookNanos;
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpRequest built = request.build();
    long startNanos = System.nanoTime();
    HttpResponse<String> response = http.send(built, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() == 200) {
      tookNanos
          .computeIfAbsent(
              built.method() + " " + built.uri().getPath().replaceAll("/[0-9]+$", ""),
              _ -> Collections.synchronizedList(new ArrayList<>()))
          .add(System.nanoTime() - startNanos);
    }
    return new Answer(
        response.statusCode(),
        response.body().isEmpty()
            ? JsonNodeFactory.instance.missingNode()
            : JSON.readTree(response.body()),
        response.body());
  }

  private Fork fork() {
    return times == null ? Fork.FULU : times.spec().forkAtSlot(slot());
  }

  private long slot() {
    return Math.max(0, times.slotAt(System.currentTimeMillis()));
  }

  private void run() {
    try {
      ArrayNode indices = indices();
      long epoch = -1;
      List<AttesterDuty> attesters = List.of();
      List<ProposerDuty> proposers = List.of();
      while (!isStopped) {
        long slot = slot();
        if (times.spec().epochOf(slot) != epoch) {
          epoch = times.spec().epochOf(slot);
          attesters = attesters(epoch, indices);
          proposers = proposers(epoch);
          if (duties == Duties.AGGREGATES_AHEAD) {
            proofs.keySet().removeIf(proof -> proof.slot() < slot);
            select(
                Stream.concat(attesters.stream(), attesters(epoch + 1, indices).stream())
                    .filter(duty -> duty.slot() >= slot && !proofs.containsKey(Proof.of(duty)))
                    .toList());
          }
        }
        proposers.stream()
            .filter(duty -> duty.slot() == slot)
            .forEach(duty -> Thread.startVirtualThread(() -> propose(duty)));
        attest(slot, attesters.stream().filter(duty -> duty.slot() == slot).toList());
        awaitMillis(times.startMillis(slot + 1));
      }
    } catch (IOException | RuntimeException failure) {
      troubles.add(failure.toString());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitMillis(long unixMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(unixMillis - System.currentTimeMillis());
  }

  private ArrayNode indices() throws IOException, InterruptedException {
    ObjectNode asked = JsonNodeFactory.instance.objectNode();
    ArrayNode ids = asked.putArray("ids");
    keys.keySet().forEach(key -> ids.add(ApiJson.hex(key)));
    ArrayNode indices = JsonNodeFactory.instance.arrayNode();
    for (JsonNode validator : post("/eth/v1/beacon/states/head/validators", asked).data()) {
      if (keys.containsKey(ApiJson.bytes(validator.at("/validator/pubkey"), 48).orElseThrow())) {
        indices.add(validator.path("index").textValue());
      }
    }
    return indices;
  }

  private List<ProposerDuty> proposers(long epoch) throws IOException, InterruptedException {
    return duties != Duties.BLOCKS
        ? List.of()
        : get("/eth/v1/validator/duties/proposer/" + epoch)
            .data()
            .valueStream()
            .map(duty -> ProposerDuty.ofJson(duty).orElseThrow())
            .filter(duty -> keys.containsKey(duty.pubkey()))
            .toList();
  }

  private List<AttesterDuty> attesters(long epoch, ArrayNode indices)
      throws IOException, InterruptedException {
    Answer answer = post("/eth/v1/validator/duties/attester/" + epoch, indices);
    return StreamSupport.stream(answer.data().spliterator(), false)
        .map(duty -> AttesterDuty.ofJson(duty).orElseThrow())
        .filter(duty -> keys.containsKey(duty.pubkey()))
        .toList();
  }

  private void propose(ProposerDuty duty) {
    try {
      DutySlot at = new DutySlot(times.spec(), times.genesis(), duty.slot());
      Answer answer =
          check(
              get(
                  "/eth/v3/validator/blocks/%d?randao_reveal=%s"
                      .formatted(
                          duty.slot(),
                          ApiJson.hex(
                              sign(duty.pubkey(), GivenRule.randao(at).meaning().root())))));
      if (answer.status() == 200) {
        check(post("/eth/v2/beacon/blocks", signed(at, duty.pubkey(), (ObjectNode) answer.data())));
      }
    } catch (IOException | RuntimeException failure) {
      troubles.add(failure.toString());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** A block, or its contents, as they are published. */
  private ObjectNode signed(DutySlot at, Bytes pubkey, ObjectNode contents) {
    boolean isAlone = !at.fork().isAtLeast(Fork.DENEB);
    JsonNode block = isAlone ? contents : contents.remove("block");
    Container type = new BeaconTypes(at.fork(), times.spec().preset()).container("BeaconBlock");
    Bytes32 root =
        at.signable(
                DomainType.BEACON_PROPOSER,
                Ssz.hashTreeRoot(type, SszJson.read(type, block).orElseThrow()))
            .root();
    ObjectNode signed = JsonNodeFactory.instance.objectNode();
    signed.set("message", block);
    signed.put("signature", ApiJson.hex(sign(pubkey, root)));
    return isAlone ? signed : contents.set("signed_block", signed);
  }

  /** One slot: select, attest when it is due, aggregate. */
  private void attest(long slot, List<AttesterDuty> attesters)
      throws IOException, InterruptedException {
    if (attesters.isEmpty()) {
      return;
    }
    DutySlot at = new DutySlot(times.spec(), times.genesis(), slot);
    if (duties == Duties.AGGREGATES || duties == Duties.BLOCKS) {
      proofs.clear();
      select(attesters);
    }
    awaitMillis(times.attestationDueMillis(slot));
    Map<Long, AttestationData> signed = new HashMap<>();
    Map<Long, Answer> answers = new HashMap<>();
    ArrayNode attestations = JsonNodeFactory.instance.arrayNode();
    for (AttesterDuty duty : attesters) {
      // Since electra all committees of a slot attest to the same.
      long committee = at.fork().isAtLeast(Fork.ELECTRA) ? 0 : duty.committeeIndex();
      Answer answer = answers.get(committee);
      if (answer == null) {
        answer =
            get(
                "/eth/v1/validator/attestation_data?slot=%d&committee_index=%d"
                    .formatted(slot, committee));
        answers.put(committee, answer);
      }
      if (answer.status() != 200) {
        troubles.add(answer.body());
        continue;
      }
      AttestationData data = AttestationData.ofJson(answer.data()).orElseThrow();
      signed.put(duty.validatorIndex(), data);
      attestations.add(
          new SignedAttestation(
                  data,
                  duty,
                  sign(
                      duty.pubkey(),
                      at.signable(
                              DomainType.BEACON_ATTESTER,
                              data.assigned(duty, at.fork()).hashTreeRoot())
                          .root()))
              .toJson(at.fork()));
    }
    check(
        post(
            at.fork().isAtLeast(Fork.ELECTRA)
                ? "/eth/v2/beacon/pool/attestations"
                : "/eth/v1/beacon/pool/attestations",
            attestations));
    for (AttesterDuty duty : attesters) {
      Bytes proof = proofs.get(Proof.of(duty));
      AttestationData data = signed.get(duty.validatorIndex());
      if (proof != null && data != null && Selection.isAggregator(duty.committeeLength(), proof)) {
        selected.merge(slot, 1, Integer::sum);
        aggregate(at, duty, proof, data);
      }
    }
  }

  /** Asks for the groups' selection proofs. */
  private void select(List<AttesterDuty> duties) throws IOException, InterruptedException {
    ArrayNode selections = JsonNodeFactory.instance.arrayNode();
    for (AttesterDuty duty : duties) {
      DutySlot at = new DutySlot(times.spec(), times.genesis(), duty.slot());
      selections
          .addObject()
          .put("validator_index", Long.toString(duty.validatorIndex()))
          .put("slot", Long.toString(at.slot()))
          .put(
              "selection_proof",
              ApiJson.hex(sign(duty.pubkey(), GivenRule.aggregatorSelection(at).meaning().root())));
    }
    Answer answer = check(post("/eth/v1/validator/beacon_committee_selections", selections));
    for (JsonNode selection : answer.data()) {
      proofs.put(
          new Proof(
              ApiJson.number(selection.path("slot")).orElseThrow(),
              ApiJson.number(selection.path("validator_index")).orElseThrow()),
          ApiJson.bytes(selection.path("selection_proof"), 96).orElseThrow());
    }
    if (answer.data().size() < duties.size()) {
      troubles.add("%d of %d selection proofs".formatted(answer.data().size(), duties.size()));
    }
  }

  private void aggregate(DutySlot at, AttesterDuty duty, Bytes proof, AttestationData data)
      throws IOException, InterruptedException {
    boolean isNew = at.fork().isAtLeast(Fork.ELECTRA);
    Answer answer =
        check(
            get(
                "/eth/%s/validator/aggregate_attestation?slot=%d&attestation_data_root=%s%s"
                    .formatted(
                        isNew ? "v2" : "v1",
                        at.slot(),
                        data.assigned(duty, at.fork()).hashTreeRoot(),
                        isNew ? "&committee_index=" + duty.committeeIndex() : "")));
    if (answer.status() != 200) {
      return;
    }
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    message.put("aggregator_index", Long.toString(duty.validatorIndex()));
    message.set("aggregate", answer.data());
    message.put("selection_proof", ApiJson.hex(proof));
    Container type =
        new BeaconTypes(at.fork(), times.spec().preset()).container("AggregateAndProof");
    Bytes32 root =
        at.signable(
                DomainType.AGGREGATE_AND_PROOF,
                Ssz.hashTreeRoot(type, SszJson.read(type, message).orElseThrow()))
            .root();
    ArrayNode signed = JsonNodeFactory.instance.arrayNode();
    ObjectNode one = signed.addObject();
    one.set("message", message);
    one.put("signature", ApiJson.hex(sign(duty.pubkey(), root)));
    check(post("/eth/%s/validator/aggregate_and_proofs".formatted(isNew ? "v2" : "v1"), signed));
  }

  private Bytes sign(Bytes pubkey, Bytes32 root) {
    return Optional.ofNullable(keys.get(pubkey))
        .orElseThrow()
        .sign(HashedMessage.of(root))
        .compressed();
  }

  private Answer check(Answer answer) {
    if (answer.status() != 200) {
      troubles.add(answer.body());
    }
    return answer;
  }

  @Override
  public void close() {
    isStopped = true;
    thread.interrupt();
    http.shutdownNow();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
