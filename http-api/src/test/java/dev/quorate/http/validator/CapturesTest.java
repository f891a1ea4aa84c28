/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.beacon.simulator.Fault;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import dev.quorate.ethereum.ssz.SszType.ListOf;
import dev.quorate.http.validator.ServedClient.Reply;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What real validator clients asked a real beacon node, asked again of the validator API: the
 * answer has the captured form, or another for a reason that is written down. Requests are as they
 * were captured, headers and all, in JSON and SSZ, but for what names the captured chain: slots and
 * epochs, validators, what was agreed on, and who signed. That chain had the minimal preset; the
 * simulated one has mainnet's, and its bits are as many as that has.
 */
class CapturesTest {
  private static final int VALIDATORS = 16;
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {2});
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern KEY = Pattern.compile("0x[0-9a-f]{96}(?![0-9a-f])");
  private static final SszType UINT64 = new SszType.Uint(64);
  private static final Set<String> OF_A_CONNECTION =
      Set.of("host", "connection", "content-length", "transfer-encoding");

  /** What is rightly answered otherwise than it was captured. */
  private enum Otherwise {
    /** A beacon node alone has no group to ask. */
    SELECTIONS_ARE_SERVED("POST .*/(beacon|sync)_committee_selections in SSZ -> 501", 200),
    /** The client does not know that its key is a share, and judges its own selection proof. */
    OWN_PROOFS_ARE_NO_PROOFS(
        "(GET .*/(aggregate_attestation|sync_committee_contribution)\\?.*"
            + "|POST .*/(aggregate|contribution)_and_proofs) -> (200|503)",
        400),
    /** It is the operators' block: their reasons to have none are not the node's. */
    NO_BLOCK_IS_AGREED_ON("GET .*/validator/blocks/.* -> 500", 503),
    /** The simulator is no node that reads SSZ there; clients then ask again in JSON. */
    NODES_MAY_READ_JSON_ALONE(
        "POST .*/(duties/(attester|sync)/[0-9]+|.*_subscriptions) in SSZ -> 200", 415);

    private final Pattern of;
    private final int status;

    Otherwise(String of, int status) {
      this.of = Pattern.compile(of);
      this.status = status;
    }

    static int expected(String exchange, int captured) {
      return Stream.of(values())
          .filter(other -> other.of.matcher(exchange).matches())
          .map(other -> other.status)
          .findFirst()
          .orElse(captured);
    }
  }

  /** What the pod passes on unread. */
  private static final Container COMMITTEE_SUBSCRIPTION =
      new Container(
          new Field("validator_index", UINT64),
          new Field("committee_index", UINT64),
          new Field("committees_at_slot", UINT64),
          new Field("slot", UINT64),
          new Field("is_aggregator", new SszType.Bool()));

  private static final Container SYNC_SUBSCRIPTION =
      new Container(
          new Field("validator_index", UINT64),
          new Field("sync_committee_indices", new ListOf(UINT64, 512)),
          new Field("until_epoch", UINT64));

  private record Capture(Path file, JsonNode request, JsonNode response) {
    static Capture of(Path file) {
      JsonNode json = read(file);
      return new Capture(file, json.path("request"), json.path("response"));
    }

    String method() {
      return request.path("method").asText();
    }

    String target() {
      return request.path("url").asText();
    }

    String path() {
      return target().split("\\?", 2)[0];
    }

    int status() {
      return response.path("status").asInt();
    }

    boolean isSsz() {
      return request.at("/headers/content-type").asText().equals("application/octet-stream");
    }

    /** As {@link Otherwise} names it. */
    String exchange() {
      return method() + " " + target() + (isSsz() ? " in SSZ" : "") + " -> " + status();
    }

    /** As {@code endpoints.json} names it. */
    String endpoint() {
      Matcher names = Pattern.compile("[?&]([^=&]+)=").matcher(target());
      List<String> query = names.results().map(found -> found.group(1)).distinct().toList();
      return method()
          + " "
          + path().replaceAll("/[0-9]+(?=/|$)", "/{n}")
          + (query.isEmpty() ? "" : "?" + String.join("&", query));
    }
  }

  private Optional<ServedClient> opened = Optional.empty();

  @AfterEach
  void close() {
    opened.ifPresent(ServedClient::close);
  }

  private static Path captures() {
    Path captures =
        Path.of(System.getProperty("quorate.shared", "../../shared"), "clients", "captures");
    if (!Files.exists(captures)) {
      String message = "SKIPPED: no captures at " + captures.toAbsolutePath();
      System.err.println(message);
      Assumptions.abort(message);
    }
    return captures;
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static List<Capture> of(String folder) throws IOException {
    try (Stream<Path> files = Files.list(captures().resolve(folder))) {
      return files
          .filter(file -> !file.endsWith("endpoints.json"))
          .sorted()
          .map(Capture::of)
          .toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "npm-1.5.1-capella-json, CAPELLA",
    "deneb-default-jsonreq-sszresp, DENEB",
    "deneb-distributed-ssz, DENEB"
  })
  void whatClientsAskedIsAnsweredInTheCapturedForm(String folder, Fork fork) throws Exception {
    List<Capture> captures = of(folder);
    ServedClient served = new ServedClient(fork, VALIDATORS);
    opened = Optional.of(served);
    Replay replay = new Replay(served, fork, captures);
    List<String> wrong = new ArrayList<>();
    for (Capture capture : captures) {
      // A stream moves the clock: it comes when all else is done.
      if (!capture.path().endsWith("/events")) {
        replay.differences(capture).forEach(one -> wrong.add(capture.exchange() + ": " + one));
      }
    }
    assertThat(wrong).isEmpty();
    captures.stream()
        .filter(capture -> capture.path().endsWith("/events"))
        .forEach(replay::compareEvents);
    Set<String> endpoints = new HashSet<>();
    read(captures().resolve(folder).resolve("endpoints.json"))
        .forEach(row -> endpoints.add(row.path("endpoint").asText()));
    assertThat(captures.stream().map(Capture::endpoint)).containsAll(endpoints);
  }

  @Test
  void everyReasonToAnswerOtherwiseIsNeeded() throws IOException {
    List<String> exchanges = new ArrayList<>();
    try (Stream<Path> folders = Files.list(captures())) {
      for (Path folder : folders.toList()) {
        of(folder.getFileName().toString()).forEach(one -> exchanges.add(one.exchange()));
      }
    }
    assertThat(Otherwise.values())
        .allMatch(
            other -> exchanges.stream().anyMatch(exchange -> other.of.matcher(exchange).matches()));
  }

  /** One folder's captures before one pod. */
  private static final class Replay {
    private final ServedClient served;
    private final DutySlot at;
    private final BeaconTypes minimal;
    private final BeaconTypes types;
    private final ClientMessages messages;
    private final Fork fork;
    private final List<String> keys = new ArrayList<>();
    private final List<JsonNode> attesters = new ArrayList<>();
    private final Map<Long, Integer> positions = new HashMap<>();
    private final AttestationData data;
    private final long slot;
    private final int proposer;

    Replay(ServedClient served, Fork fork, List<Capture> captures) throws Exception {
      this.served = served;
      this.fork = fork;
      Capture validators =
          captures.stream()
              .filter(capture -> capture.path().endsWith("/validators"))
              .findFirst()
              .orElseThrow();
      KEY.matcher(validators.target() + validators.request().path("body").asText())
          .results()
          .forEach(key -> keys.add(key.group()));
      JsonNode known = served.get("/eth/v1/beacon/states/head/validators").json().path("data");
      for (JsonNode one : known) {
        for (int i = 0; i < VALIDATORS; i++) {
          if (one.at("/validator/pubkey").asText().equals(served.share(i))) {
            positions.put(one.path("index").asLong(), i);
          }
        }
      }
      // Two attest in the captured slot: so do two here.
      ArrayNode indices = JsonNodeFactory.instance.arrayNode();
      positions.keySet().forEach(index -> indices.add(Long.toString(index)));
      long epoch = served.times.spec().epochOf(served.slot());
      Map<Long, List<JsonNode>> bySlot = new HashMap<>();
      served
          .post("/eth/v1/validator/duties/attester/" + epoch, indices.toString())
          .json()
          .path("data")
          .forEach(duty ->
              bySlot.computeIfAbsent(duty.path("slot").asLong(), _ -> new ArrayList<>()).add(duty));
      this.slot =
          bySlot.entrySet().stream()
              .filter(duties -> duties.getValue().size() >= 2)
              .mapToLong(Map.Entry::getKey)
              .findFirst()
              .orElseThrow();
      attesters.addAll(bySlot.get(slot));
      served.clock.set(served.times.startMillis(slot) + 5_000);
      this.at = new DutySlot(served.times.spec(), served.times.genesis(), slot);
      this.minimal = new BeaconTypes(fork, Preset.MINIMAL);
      this.types = at.types();
      this.messages = new ClientMessages(served.times.spec(), served.times.genesis());
      this.data =
          new AttestationData(
              slot, 0, HEAD, new Checkpoint(epoch - 1, HEAD), new Checkpoint(epoch, HEAD));
      this.proposer = agree(captures);
    }

    private long index(long captured) {
      return positions.entrySet().stream()
          .filter(entry -> entry.getValue() == captured)
          .mapToLong(Map.Entry::getKey)
          .findFirst()
          .orElseThrow();
    }

    /** In the cluster file, of an index on the chain. */
    private int position(long index) {
      return Optional.ofNullable(positions.get(index)).orElseThrow();
    }

    private long epoch() {
      return served.times.spec().epochOf(slot);
    }

    // ---- what the operators agreed on

    /** Who proposes. */
    private int agree(List<Capture> captures) {
      for (JsonNode duty : attesters) {
        AttestationData own = seated(duty);
        served.ask(
            DutyId.attester(slot, position(duty.path("validator_index").asLong())),
            data.encode(),
            at.signable(DomainType.BEACON_ATTESTER, own.hashTreeRoot()).root());
      }
      Bytes32 head = at.signable(DomainType.SYNC_COMMITTEE, HEAD).root();
      for (int i = 0; i < VALIDATORS; i++) {
        served.ask(new DutyId(DutyType.SYNC_MESSAGE, slot, i, 0), Bytes.wrap(HEAD.toArray()), head);
        served.desk.onCompleted(
            new DutyId(DutyType.PREPARE_AGGREGATOR, slot, i, 0), served.sign(i, HEAD));
        for (int part = 0; part < DutyType.SYNC_SUBCOMMITTEES; part++) {
          served.desk.onCompleted(
              new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, slot, i, part), served.sign(i, HEAD));
        }
      }
      Capture published =
          captures.stream()
              .filter(capture -> capture.path().endsWith("/beacon/blocks"))
              .findFirst()
              .orElseThrow();
      ObjectNode signed = (ObjectNode) adapted(published);
      boolean hasContents = fork.isAtLeast(Fork.DENEB);
      JsonNode block = (hasContents ? signed.path("signed_block") : signed).path("message");
      JsonNode whole =
          hasContents
              ? JsonNodeFactory.instance
                  .objectNode()
                  .<ObjectNode>set("block", block)
                  .<ObjectNode>set("kzg_proofs", signed.path("kzg_proofs"))
                  .set("blobs", signed.path("blobs"))
              : block;
      Container type = types.container(hasContents ? "BlockContents" : "BeaconBlock");
      Proposal proposal =
          new Proposal(
              fork, Proposal.Kind.FULL, Ssz.encode(type, SszJson.read(type, whole).orElseThrow()));
      int proposer = position(block.path("proposer_index").asLong());
      served.ask(
          new DutyId(DutyType.RANDAO, slot, proposer, 0),
          Bytes.wrap(new byte[8]),
          GivenRule.randao(at).meaning().root());
      served.ask(
          new DutyId(DutyType.PROPOSER, slot, proposer, 0),
          proposal.value().content(),
          at.signable(
                  DomainType.BEACON_PROPOSER,
                  Ssz.hashTreeRoot(
                      types.container("BeaconBlock"),
                      SszJson.read(types.container("BeaconBlock"), block).orElseThrow()))
              .root());
      return proposer;
    }

    /** What an attester's committee attests to, before electra. */
    private AttestationData seated(JsonNode duty) {
      return new AttestationData(
          data.slot(),
          duty.path("committee_index").asLong(),
          data.beaconBlockRoot(),
          data.source(),
          data.target());
    }

    // ---- a request

    private SszType type(Capture capture, BeaconTypes of) {
      String path = capture.path();
      String name = path.substring(path.lastIndexOf('/') + 1);
      return switch (name) {
        case "attestations" -> new ListOf(of.container("Attestation"), 64);
        case "sync_committees" -> new ListOf(of.container("SyncCommitteeMessage"), 64);
        case "aggregate_and_proofs" -> new ListOf(of.container("SignedAggregateAndProof"), 64);
        case "contribution_and_proofs" ->
            new ListOf(of.container("SignedContributionAndProof"), 64);
        case "beacon_committee_selections" -> new ListOf(ClientMessages.SELECTION, 64);
        case "sync_committee_selections" -> new ListOf(ClientMessages.SYNC_SELECTION, 64);
        case "beacon_committee_subscriptions" -> new ListOf(COMMITTEE_SUBSCRIPTION, 64);
        case "sync_committee_subscriptions" -> new ListOf(SYNC_SUBSCRIPTION, 64);
        case "blocks" ->
            of.container(fork.isAtLeast(Fork.DENEB) ? "SignedBlockContents" : "SignedBeaconBlock");
        default -> new ListOf(UINT64, 64);
      };
    }

    /** A captured body of this chain, signed with shares. */
    private JsonNode adapted(Capture capture) {
      String body = capture.request().path("body").asText();
      JsonNode json;
      try {
        json =
            capture.isSsz()
                ? SszJson.write(
                    type(capture, minimal),
                    Ssz.decode(type(capture, minimal), Bytes.fromHex(body.substring(4)))
                        .orElseThrow())
                : JSON.readTree(ofThisChain(body));
      } catch (IOException malformed) {
        throw new IllegalStateException(malformed);
      }
      if (json.isArray() && !json.isEmpty() && json.get(0).isTextual()) {
        ArrayNode indices = JsonNodeFactory.instance.arrayNode();
        json.forEach(index -> indices.add(Long.toString(index(index.asLong()))));
        return indices;
      }
      rename(json);
      switch (capture.path().substring(capture.path().lastIndexOf('/') + 1)) {
        case "attestations" -> {
          for (int i = 0; i < json.size(); i++) {
            JsonNode duty = attesters.get(i);
            int length = duty.path("committee_length").asInt();
            byte[] bits = new byte[length / 8 + 1];
            int place = duty.path("validator_committee_index").asInt();
            bits[place / 8] |= (byte) (1 << place % 8);
            bits[length / 8] |= (byte) (1 << length % 8);
            ObjectNode item =
                ((ObjectNode) json.get(i)).put("aggregation_bits", ApiJson.hex(Bytes.wrap(bits)));
            item.set("data", seated(duty).toJson());
            sign(
                item,
                messages.attestations(fork),
                item,
                position(duty.path("validator_index").asLong()));
          }
        }
        case "sync_committees" -> signEach(json, messages.syncMessages(fork), "signature");
        case "aggregate_and_proofs" -> signEach(json, messages.aggregates(fork), "signature");
        case "contribution_and_proofs" -> signEach(json, messages.contributions(fork), "signature");
        case "beacon_committee_selections" ->
            signEach(json, messages.selections(), "selection_proof");
        case "sync_committee_selections" ->
            signEach(json, messages.syncSelections(), "selection_proof");
        case "blocks" -> {
          ObjectNode block = (ObjectNode) (json.has("message") ? json : json.path("signed_block"));
          sign(
              block,
              messages.block(fork, ""),
              json,
              position(block.at("/message/proposer_index").asLong()));
        }
        default -> {}
      }
      return json;
    }

    private void signEach(JsonNode list, ClientMessages.Reader reader, String field) {
      for (JsonNode item : list) {
        ClientMessages.Message message =
            reader.read(SszJson.read(reader.type(), item).orElseThrow()).orElseThrow();
        long signer = ((ClientMessages.Signer.Index) message.signer()).index();
        ((ObjectNode) item).put(field, ApiJson.hex(served.sign(position(signer), message.root())));
      }
    }

    private void sign(ObjectNode item, ClientMessages.Reader reader, JsonNode whole, int signer) {
      Bytes32 root =
          reader.read(SszJson.read(reader.type(), whole).orElseThrow()).orElseThrow().root();
      item.put("signature", ApiJson.hex(served.sign(signer, root)));
    }

    /** Slots, roots, indices and bits, wherever they stand. */
    private void rename(JsonNode json) {
      if (json instanceof ObjectNode object) {
        for (String field : List.copyOf(iterated(object))) {
          JsonNode value = object.path(field);
          switch (field) {
            case "slot" -> object.put(field, Long.toString(slot));
            case "validator_index", "aggregator_index", "proposer_index" ->
                object.put(field, Long.toString(index(value.asLong())));
            case "until_epoch" -> object.put(field, Long.toString(epoch() + 8));
            case "beacon_block_root" -> object.put(field, HEAD.toString());
            case "sync_committee_bits" -> object.put(field, widened(value, 64));
            case "aggregation_bits" -> {
              if (object.has("subcommittee_index")) {
                object.put(field, widened(value, 16));
              }
            }
            // The captured blocks hold these in lists alone, of which they are not judged.
            case "body" -> rename(value.path("sync_aggregate"));
            default -> rename(value);
          }
        }
      } else {
        json.forEach(this::rename);
      }
    }

    private static List<String> iterated(ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      return names;
    }

    private static String widened(JsonNode bits, int bytes) {
      return bits.asText() + "00".repeat(bytes - (bits.asText().length() - 2) / 2);
    }

    private String ofThisChain(String text) {
      return KEY.matcher(text)
          .replaceAll(found ->
              keys.contains(found.group())
                  ? served.share(keys.indexOf(found.group()))
                  : found.group());
    }

    /** Of the slot before, of which nothing was agreed on, where a failure was captured. */
    private String target(Capture capture) {
      long of = capture.status() < 500 || capture.method().equals("POST") ? slot : slot - 1;
      String reveal = ApiJson.hex(served.sign(proposer, GivenRule.randao(at).meaning().root()));
      return ofThisChain(capture.target())
          .replaceAll("(?<=[?&]slot=)[0-9]+", Long.toString(of))
          .replaceAll("(?<=/blocks/)[0-9]+", Long.toString(of))
          .replaceAll("(?<=/duties/(attester|proposer|sync)/)[0-9]+", Long.toString(epoch()))
          .replaceAll("(?<=attestation_data_root=)0x[0-9a-f]+", data.hashTreeRoot().toString())
          .replaceAll("(?<=beacon_block_root=)0x[0-9a-f]+", HEAD.toString())
          .replaceAll("(?<=randao_reveal=)0x[0-9a-f]+", reveal);
    }

    private HttpRequest.Builder request(Capture capture) {
      HttpRequest.Builder request = served.request(target(capture));
      capture
          .request()
          .path("headers")
          .properties()
          .forEach(header -> {
            if (!OF_A_CONNECTION.contains(header.getKey())) {
              request.header(header.getKey(), header.getValue().asText());
            }
          });
      if (capture.method().equals("GET")) {
        return request.GET();
      }
      byte[] body;
      if (capture.request().path("body").asText().isEmpty()) {
        body = new byte[0];
      } else if (capture.isSsz()) {
        SszType type = type(capture, types);
        body = Ssz.encode(type, SszJson.read(type, adapted(capture)).orElseThrow()).toArray();
      } else {
        body = adapted(capture).toString().getBytes(StandardCharsets.UTF_8);
      }
      HttpRequest.BodyPublisher whole = HttpRequest.BodyPublishers.ofByteArray(body);
      return request.POST(
          capture.request().path("headers").has("transfer-encoding")
              ? HttpRequest.BodyPublishers.fromPublisher(whole)
              : whole);
    }

    // ---- an answer

    /** What is not as it was captured. */
    List<String> differences(Capture capture) throws Exception {
      boolean isSyncing = capture.status() == 503;
      served.chain.setFaults(0, isSyncing ? List.of(new Fault.Syncing()) : List.of());
      Reply reply = served.send(request(capture));
      int expected = Otherwise.expected(capture.exchange(), capture.status());
      if (reply.status() != expected) {
        return List.of("answered with " + reply.status() + " " + reply.text());
      }
      if (expected == 400) {
        return reply.text().contains(ClientProblem.CLIENT_NOT_DISTRIBUTED.name())
            ? List.of()
            : List.of(reply.text());
      }
      if (expected >= 400) {
        return missing(Set.of("/code", "/message"), fields(reply.json()));
      }
      if (expected < capture.status()) {
        return missing(Set.of("/data/*/selection_proof"), fields(reply.json()));
      }
      JsonNode captured = captured(capture);
      if (captured.isMissingNode()) {
        // Of a success there was nothing to say, or it is one of Otherwise.
        return List.of();
      }
      List<String> wrong = new ArrayList<>();
      boolean isSsz = type(reply).equals("application/octet-stream");
      Optional<SszType> inSsz = inSsz(capture);
      if (isSsz) {
        JsonNode decoded =
            inSsz
                .flatMap(type ->
                    Ssz.decode(type, Bytes.wrap(reply.response().body()))
                        .map(value -> SszJson.write(type, value)))
                .orElse(JsonNodeFactory.instance.missingNode());
        wrong.addAll(missing(fields(captured.path("data")), fields(decoded)));
      } else {
        wrong.addAll(missing(fields(captured), fields(reply.json())));
      }
      boolean wasSsz = type(capture.response()).equals("application/octet-stream");
      // The Beacon API has the rest in JSON alone, which the client accepts.
      if (isSsz != (wasSsz && inSsz.isPresent())) {
        wrong.add("answered in " + type(reply));
      }
      return wrong;
    }

    private static String type(Reply reply) {
      return reply.header("content-type").split(";", 2)[0];
    }

    private static String type(JsonNode response) {
      return response.at("/headers/content-type").asText().split(";", 2)[0];
    }

    /** What the Beacon API has in SSZ, of what validator clients ask. */
    private Optional<SszType> inSsz(Capture capture) {
      return capture.path().endsWith("/attestation_data")
          ? Optional.of(types.container("AttestationData"))
          : capture.path().contains("/validator/blocks/")
              ? Optional.of(types.container(blockContainer()))
              : Optional.empty();
    }

    private String blockContainer() {
      return fork.isAtLeast(Fork.DENEB) ? "BlockContents" : "BeaconBlock";
    }

    /**
     * The captured answer in JSON; what was captured in SSZ as another client was given it, or as
     * its type says.
     */
    private JsonNode captured(Capture capture) throws IOException {
      String body = capture.response().path("body").asText();
      if (!body.startsWith("hex:")) {
        JsonNode json = body.isEmpty() ? JSON.missingNode() : JSON.readTree(body);
        if (json instanceof ObjectNode object) {
          // In no version of the Beacon API.
          object.remove("block_value");
        }
        // Which settings a node lists is its own affair.
        return capture.path().endsWith("/config/spec")
            ? JSON.createObjectNode().set("data", JSON.createObjectNode())
            : json;
      }
      Optional<SszType> type = inSsz(capture);
      if (type.isPresent()) {
        SszType captured =
            capture.path().endsWith("/attestation_data")
                ? type.get()
                : minimal.container(blockContainer());
        return JSON.createObjectNode()
            .set(
                "data",
                SszJson.write(
                    captured,
                    Ssz.decode(captured, Bytes.fromHex(body.substring(4))).orElseThrow()));
      }
      return switch (capture.path()) {
        case "/eth/v1/node/syncing" ->
            JSON.readTree(
                "{\"data\":{\"head_slot\":1,\"sync_distance\":1,\"is_syncing\":1,"
                    + "\"is_optimistic\":1,\"el_offline\":1}}");
        case "/eth/v1/beacon/blocks/head/root" -> JSON.readTree("{\"data\":{\"root\":1}}");
        default ->
            captured(
                of("npm-1.5.1-capella-json").stream()
                    .filter(other ->
                        other.status() == 200 && other.endpoint().equals(capture.endpoint()))
                    .findFirst()
                    .orElseThrow());
      };
    }

    private static List<String> missing(Set<String> wanted, Set<String> there) {
      return wanted.stream()
          .filter(field -> !there.contains(field))
          .map(field -> "lacks " + field)
          .toList();
    }

    /** Paths of fields; all elements of a list are as one. */
    private static Set<String> fields(JsonNode json) {
      Set<String> found = new TreeSet<>();
      collect(json, "", found);
      return found;
    }

    private static void collect(JsonNode json, String path, Set<String> found) {
      json.properties()
          .forEach(field -> {
            found.add(path + "/" + field.getKey());
            collect(field.getValue(), path + "/" + field.getKey(), found);
          });
      if (json.isArray()) {
        json.forEach(item -> collect(item, path + "/*", found));
      }
    }

    void compareEvents(Capture capture) {
      try {
        served.chain.setFaults(0, List.of());
        HttpResponse<Stream<String>> response =
            served.http().send(request(capture).build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(capture.status());
        assertThat(response.headers().firstValue("content-type").orElse(""))
            .startsWith(type(capture.response()));
        while (served.chain.subscribers() == 0) {
          Thread.onSpinWait();
        }
        served.clock.set(served.times.startMillis(slot + 1) + 6_000);
        List<String> lines = capture.response().path("body").asText().lines().limit(2).toList();
        try (Stream<String> heard = response.body()) {
          List<String> first = heard.limit(2).toList();
          assertThat(first.get(0)).isEqualTo(lines.get(0));
          assertThat(fields(event(first.get(1)))).isEqualTo(fields(event(lines.get(1))));
        }
      } catch (IOException failure) {
        throw new IllegalStateException(failure);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }

    private static JsonNode event(String line) throws IOException {
      return JSON.readTree(line.substring(line.indexOf('{')));
    }
  }
}
