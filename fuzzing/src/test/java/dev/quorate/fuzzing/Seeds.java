/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.fuzzing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.wiring.PodMessages;
import dev.quorate.beacon.client.NodeAnswers;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.beacon.simulator.Submissions;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.ethereum.aggregate.AggregateRule;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.ProposalRule;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.CommitteeSubscription;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.message.SyncSubscription;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Interchange;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.ethereum.sync.ContributionRule;
import dev.quorate.ethereum.sync.SyncMessageRule;
import dev.quorate.http.Json;
import dev.quorate.http.view.DutiesView;
import dev.quorate.http.view.ErrorView;
import dev.quorate.http.view.ImpairmentView;
import dev.quorate.http.view.LivenessView;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PeersView;
import dev.quorate.http.view.PodsView;
import dev.quorate.http.view.ReadinessView;
import dev.quorate.http.view.ValidatorView;
import dev.quorate.http.view.ValidatorsView;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.HistoryFile;
import dev.quorate.persistence.history.SigningHistory;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.keystore.Stores;
import dev.quorate.wire.FrameDecoder;
import dev.quorate.wire.FrameEncoder;
import dev.quorate.wire.Hello;
import dev.quorate.wire.MailCodec;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.Probe;
import dev.quorate.wire.VerifiedBatches;
import dev.quorate.wire.Votes;
import dev.quorate.wire.WireCluster;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the program itself writes, for mutations to begin with. */
final class Seeds {
  static final String PASSWORD = "correct horse";
  static final WireCluster CLUSTER = new WireCluster(Bytes32.ZERO, 4, 16, (_, _, _) -> true);
  static final MailCodec MAIL = new MailCodec(CLUSTER.hash(), 4, 16);
  static final Set<Long> INDICES = Set.of(7L, 8L);
  static final List<Class<?>> VIEWS =
      List.of(
          DutiesView.class,
          ErrorView.class,
          NodeView.class,
          PeersView.class,
          PodsView.class,
          ReadinessView.class,
          LivenessView.class,
          ValidatorView.class,
          ValidatorsView.class);

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Bytes32 ROOT = Bytes32.fromHex("ab".repeat(32));
  private static final DutyId DUTY = DutyId.attester(123_456, 7);
  private static final AttestationData DATA =
      new AttestationData(123_456, 0, ROOT, new Checkpoint(3857, ROOT), new Checkpoint(3858, ROOT));
  private static final Value VALUE = new Value(DATA.encode());
  private static final SecretKey KEY = SecretKey.generate(RANDOM);
  private static final IdentityKey IDENTITY = IdentityKey.generate(RANDOM);
  private static final Signature SIGNATURE = KEY.sign(VALUE.content());
  private static final AttesterDuty ASSIGNED =
      new AttesterDuty(KEY.publicKey().compressed(), 7, 1, 128, 4, 9, 123_456);

  static final Set<Bytes> PUBLIC_KEYS = Set.of(KEY.publicKey().compressed());
  static final List<SimulatedChain> CHAINS =
      Stream.of(Fork.DENEB, Fork.ELECTRA)
          .map(fork -> Submissions.chain(fork, KEY.publicKey().compressed()))
          .toList();
  static final DutySlot BLOCK_AT =
      new DutySlot(CHAINS.getLast().spec(), CHAINS.getLast().genesis(), 0);

  private static final BeaconTypes TYPES = new BeaconTypes(Fork.FULU, Preset.MAINNET);
  private static final List<String> CONTAINERS =
      List.of(
          "AttestationData",
          "Attestation",
          "SignedAggregateAndProof",
          "AttesterSlashing",
          "SyncCommitteeContribution",
          "SignedBeaconBlock",
          "BlockContents",
          "SignedBlindedBeaconBlock",
          "ExecutionRequests",
          "DataColumnsByRootIdentifier",
          "ValidatorRegistrationV1");

  private static final Path FOLDER = folder();

  private Seeds() {}

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("fuzzing");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** A file that only its owner can read. */
  static Path file(byte[] content) throws IOException {
    Path file = FOLDER.resolve("input");
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    file.toFile().deleteOnExit();
    return Files.write(file, content);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<byte[]> texts(String... texts) {
    return Stream.of(texts).map(Seeds::utf8).toList();
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static byte[] data(JsonNode data) {
    return utf8(object().set("data", data).toString());
  }

  // ---- peers

  /** Each reads a kind of message, and writes it. */
  static final List<Function<JsonNode, Optional<ObjectNode>>> MESSAGES =
      List.of(
          json -> ProposerDuty.ofJson(json).map(ProposerDuty::toJson),
          json -> SyncDuty.ofJson(json).map(SyncDuty::toJson),
          json -> AggregateAttestation.ofJson(json, Fork.DENEB).map(AggregateAttestation::toJson),
          json -> AggregateAttestation.ofJson(json, Fork.FULU).map(AggregateAttestation::toJson),
          aggregates(Fork.DENEB),
          aggregates(Fork.FULU),
          json -> SyncCommitteeMessage.ofJson(json).map(SyncCommitteeMessage::toJson),
          json -> SyncCommitteeContribution.ofJson(json).map(SyncCommitteeContribution::toJson),
          json -> Signed.ofJson(json, ContributionAndProof::ofJson).map(Signed::toJson),
          json -> CommitteeSubscription.ofJson(json).map(CommitteeSubscription::toJson),
          json -> SyncSubscription.ofJson(json).map(SyncSubscription::toJson),
          json -> ProposerPreparation.ofJson(json).map(ProposerPreparation::toJson),
          json -> Signed.ofJson(json, ValidatorRegistration::ofJson).map(Signed::toJson),
          json -> Signed.ofJson(json, VoluntaryExit::ofJson).map(Signed::toJson));

  static FrameDecoder frameDecoder() {
    return new FrameDecoder(CLUSTER, new VerifiedBatches(4), _ -> Optional.empty());
  }

  private static FrameEncoder encoder(int operator) {
    return new FrameEncoder(
        CLUSTER, operator, _ -> Bytes.wrap(new byte[64]), new VerifiedBatches(4));
  }

  private static SignedVote signed(Vote vote) {
    return encoder(vote.sender())
        .encode(
            List.of(
                new Outgoing.Cast(vote, List.of(), Optional.empty()),
                new Outgoing.Cast(
                    new Vote.Prepare(DUTY, vote.sender(), 9, ROOT), List.of(), Optional.empty())))
        .own()
        .getFirst()
        .signed();
  }

  private static List<Vote> someVotes() {
    return List.of(
        new Vote.PrePrepare(DUTY, 0, 1, VALUE.hash()),
        new Vote.Prepare(DUTY, 0, 1, VALUE.hash()),
        new Vote.Commit(DUTY, 0, 1, VALUE.hash()),
        new Vote.RoundChange(DUTY, 0, 2, Optional.empty()),
        new Vote.RoundChange(DUTY, 0, 3, Optional.of(new Prepared(1, VALUE.hash()))));
  }

  private static List<DutyMessage> broadcasts() {
    List<SignedVote> commits =
        IntStream.range(0, 3)
            .mapToObj(sender -> signed(new Vote.Commit(DUTY, sender, 1, VALUE.hash())))
            .toList();
    return List.of(
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 0, new Decision(1, VALUE, commits))),
        new DutyMessage.Partial(DUTY, 0, ROOT, SIGNATURE.uncompressed()),
        new DutyMessage.Status(DUTY, 0, 1, Optional.of(ROOT), 3),
        new DutyMessage.Agreement(
            new QbftMessage.Decided(DUTY, 0, new Decision(1, Value.named(VALUE.hash()), commits))),
        new DutyMessage.Chunk(DUTY, 0, VALUE.hash(), 3, 0, Bytes.fromHex("010203")),
        new DutyMessage.Pull(DUTY, 0, VALUE.hash(), 0));
  }

  static List<byte[]> frames() {
    List<Outgoing> items = new ArrayList<>();
    List<SignedVote> prepares =
        IntStream.range(1, 4)
            .mapToObj(sender -> signed(new Vote.Prepare(DUTY, sender, 1, VALUE.hash())))
            .toList();
    someVotes().forEach(vote -> items.add(new Outgoing.Cast(vote, prepares, Optional.of(VALUE))));
    broadcasts().forEach(message -> items.add(new Outgoing.Broadcast(message)));
    List<byte[]> frames = new ArrayList<>();
    frames.add(new Probe(7).encode().toArray());
    items.forEach(
        item -> frames.add(encoder(0).encode(List.of(item)).broadcast().getFirst().toArray()));
    frames.add(
        encoder(0)
            .encode(items, Optional.of(new HeadView(9, Bytes32.ZERO)))
            .broadcast()
            .getFirst()
            .toArray());
    MAIL.encode(broadcasts()).forEach(frame -> frames.add(frame.toArray()));
    return frames;
  }

  static List<byte[]> votes() {
    return someVotes().stream().map(vote -> Votes.encode(vote).toArray()).toList();
  }

  static List<byte[]> hellos() {
    return List.of(
        new Hello(CLUSTER.hash(), 2, "pod-0", 1_700_000_000_000L, "0.1.0-SNAPSHOT", Features.OWN)
            .encode()
            .toArray());
  }

  static List<byte[]> echoes() {
    return List.of(
        new Probe.Echo(7, 1_700_000_000_000L).encode().toArray(),
        new Probe.Echo(-1, 0).encode().toArray());
  }

  static List<byte[]> certificates() throws CertificateEncodingException {
    return List.of(IDENTITY.certificate().getEncoded());
  }

  static List<byte[]> signatures() {
    return List.of(SIGNATURE.compressed().toArray(), SIGNATURE.uncompressed().toArray());
  }

  static List<byte[]> signerSignatures() {
    String signature = "0x" + SIGNATURE.compressed().hex();
    return List.of(utf8(signature + "\n"), utf8("{\"signature\":\"" + signature + "\"}"));
  }

  static List<byte[]> signerKeys() {
    return List.of(utf8("[]"), utf8("[\"0x" + KEY.publicKey().compressed().hex() + "\"]"));
  }

  static List<byte[]> values() {
    return List.of(VALUE.content().toArray());
  }

  private record Ruled(DutyRule rule, Value accepted) {}

  /** Rules of all types of duty but attestations, on each chain. */
  private static final List<Ruled> RULED = CHAINS.stream().flatMap(Seeds::ruled).toList();

  static DutyRule rule(byte choice) {
    return RULED.get((choice & 0xff) % RULED.size()).rule();
  }

  static List<byte[]> dutyValues() {
    return IntStream.range(0, RULED.size())
        .mapToObj(choice -> chosen(choice, RULED.get(choice).accepted().content().toArray()))
        .toList();
  }

  private static Stream<Ruled> ruled(SimulatedChain chain) {
    DutySlot at = new DutySlot(chain.spec(), chain.genesis(), DATA.slot());
    Bytes signature = Ssz.octets(octets(96, 1));
    GivenRule randao = GivenRule.randao(at);
    GivenRule selection = GivenRule.syncSelection(at, 3);
    ProposalRule proposal = new ProposalRule(at, 10, signature, Ssz.octets(octets(20, 1)));
    return Stream.of(
        new Ruled(randao, randao.value()),
        new Ruled(selection, selection.value()),
        new Ruled(new SyncMessageRule(at), new Value(ROOT.toBytes())),
        new Ruled(
            new AggregateRule(
                at, ASSIGNED, signature, DATA.assigned(ASSIGNED, at.fork()).hashTreeRoot()),
            one(at, "Attestation", aggregate(at))),
        new Ruled(
            new ContributionRule(at, 7, 2, signature, ROOT),
            one(
                at,
                "SyncCommitteeContribution",
                least(at, "SyncCommitteeContribution")
                    .put("slot", Long.toString(at.slot()))
                    .put("beacon_block_root", ROOT.toString())
                    .put("subcommittee_index", "2")
                    .put("aggregation_bits", "0x01" + "00".repeat(15)))),
        new Ruled(proposal, proposal(at, Proposal.Kind.FULL, "BlockContents")),
        new Ruled(proposal, proposal(at, Proposal.Kind.BLINDED, "BlindedBeaconBlock")));
  }

  private static ObjectNode aggregate(DutySlot at) {
    boolean electra = at.fork().isAtLeast(Fork.ELECTRA);
    ObjectNode aggregate =
        least(at, "Attestation").put("aggregation_bits", "0x01" + "00".repeat(15) + "01");
    aggregate.set("data", DATA.toJson().put("index", electra ? "0" : "1"));
    return electra ? aggregate.put("committee_bits", "0x0200000000000000") : aggregate;
  }

  private static Value proposal(DutySlot at, Proposal.Kind kind, String container) {
    ObjectNode json = least(at, container);
    ObjectNode block = json.has("block") ? (ObjectNode) json.path("block") : json;
    block.put("slot", Long.toString(at.slot()));
    for (JsonNode list :
        List.of(
            block.path("body").path("blob_kzg_commitments"),
            json.path("kzg_proofs"),
            json.path("blobs"))) {
      if (list instanceof ArrayNode blobs) {
        blobs.removeAll();
      }
    }
    SszType type = at.types().container(container);
    return new Proposal(at.fork(), kind, Ssz.encode(type, SszJson.read(type, json).orElseThrow()))
        .value();
  }

  private static ObjectNode least(DutySlot at, String container) {
    SszType type = at.types().container(container);
    return (ObjectNode) SszJson.write(type, value(type));
  }

  private static Value one(DutySlot at, String container, ObjectNode json) {
    SszType type = at.types().container(container);
    return new Value(Ssz.encode(type, SszJson.read(type, json).orElseThrow()));
  }

  // ---- pods and journal

  /** An actor system, for those who need it. */
  private static final class Pods {
    static final PodMessages MESSAGES = new PodMessages(MAIL);
  }

  static PodMessages pods() {
    return Pods.MESSAGES;
  }

  static List<byte[]> podMessages() {
    return pods().seeds(broadcasts(), new EntitySnapshot(ROOT, events()));
  }

  private static List<DutyEvent> events() {
    DutyEvent.Trail trail =
        new DutyEvent.Trail(
            1_700_000_000_000L,
            1_700_000_000_010L,
            1_700_000_000_150L,
            2,
            Optional.of(0),
            List.of(0, 1, 3),
            List.of(new DutyEvent.CastVote(VoteKind.COMMIT, 2, ROOT, 1_700_000_000_140L)),
            List.of(new DutyEvent.DoubleVote(2, VoteKind.PREPARE, 1, ROOT, Bytes32.ZERO)),
            Optional.of(Reason.CHECKPOINTS_DIFFER));
    DutyEvent.Aftermath earlier =
        new DutyEvent.Aftermath(
            List.of(
                new DutyEvent.Submission(
                    DutyId.attester(123_424, 7), SubmissionOutcome.ACCEPTED, 1_700_000_000_001L)),
            List.of(new DutyEvent.LatePartial(DutyId.attester(123_424, 7), 3, 1_700_000_000_002L)));
    List<DutyEvent.Arrival> arrivals = List.of(new DutyEvent.Arrival(2, 1_700_000_000_165L));
    return List.of(
        new DutyEvent.Intended(DUTY, VALUE, new Signable(ROOT, 384, 385), trail, earlier),
        new DutyEvent.Shared(DUTY, SIGNATURE.uncompressed(), 1_700_000_000_160L),
        new DutyEvent.Completed(
            DUTY,
            Optional.of(VALUE),
            SIGNATURE.compressed(),
            List.of(0, 2, 3),
            List.of(1),
            arrivals,
            trail,
            earlier,
            1_700_000_000_170L),
        new DutyEvent.Decided(new DutyId(DutyType.INFO_SYNC, 123_487, 0, 0), VALUE, trail, earlier),
        new DutyEvent.Failed(
            DutyId.attester(123_488, 7),
            Reason.NO_QUORUM,
            List.of(1),
            arrivals,
            trail,
            earlier,
            1_700_000_000_180L));
  }

  static List<byte[]> rows() {
    return events().stream()
        .map(event -> EventCodec.chain(ROOT, event).encoded().toArray())
        .toList();
  }

  static List<byte[]> histories() {
    List<SigningHistory.Row> rows = new ArrayList<>();
    Bytes32 last = Bytes32.ZERO;
    for (DutyEvent event : events()) {
      ChainedEvent row = EventCodec.chain(last, event);
      rows.add(new SigningHistory.Row(rows.size() + 1, row.encoded()));
      last = row.hash();
    }
    Bytes key = KEY.publicKey().compressed();
    SigningHistory history =
        new SigningHistory(
            new SigningHistory.Subject(
                new OperatorIdentity(
                    IDENTITY.publicKey().encoded().toBytes(), CLUSTER.hash(), ROOT),
                key,
                key),
            Optional.of(new SigningHistory.Row(2, Bytes.wrap(snapshots().getFirst()))),
            new SigningHistory.Point(0, Bytes32.ZERO),
            rows,
            new SigningHistory.Point(rows.size(), last));
    return List.of(HistoryFile.write(history, hash -> IDENTITY.sign("test", hash.toArray())));
  }

  static List<byte[]> snapshots() {
    return List.of(EventCodec.encode(new EntitySnapshot(ROOT, events())).toArray());
  }

  // ---- beacon nodes

  static List<byte[]> genesisAnswers() {
    return List.of(data(CHAINS.getFirst().genesis().toJson()));
  }

  static List<byte[]> specAnswers() {
    ObjectNode later = Submissions.spec(CHAINS.getLast()).deepCopy();
    later.put("GLOAS_FORK_EPOCH", "500000").put("ATTESTATION_DUE_BPS_GLOAS", "2500");
    ObjectNode older = Submissions.spec(CHAINS.getFirst()).deepCopy();
    older.remove("SLOT_DURATION_MS");
    older.put("SECONDS_PER_SLOT", "12");
    return List.of(data(later), data(older));
  }

  /** Empty blocks, as {@link NodeAnswers#block} is told what they are. */
  static List<byte[]> blockAnswers() {
    List<byte[]> answers = new ArrayList<>();
    for (String name : List.of("BlockContents", "BlindedBeaconBlock")) {
      Container container = BLOCK_AT.types().container(name);
      int isBlinded = name.startsWith("Blinded") ? 2 : 0;
      answers.add(tagged(1 | isBlinded, Ssz.encode(container, container.zero()).toArray()));
      answers.add(tagged(isBlinded, data(SszJson.write(container, container.zero()))));
    }
    return answers;
  }

  private static byte[] tagged(int tag, byte[] body) {
    byte[] tagged = new byte[1 + body.length];
    tagged[0] = (byte) tag;
    System.arraycopy(body, 0, tagged, 1, body.length);
    return tagged;
  }

  static List<byte[]> syncingAnswers() {
    return texts(
        """
        {"data":{"head_slot":"123456","sync_distance":"0","is_syncing":false,"is_optimistic":false,"el_offline":false}}\
        """);
  }

  static List<byte[]> validatorAnswers() {
    return texts(
        """
        {"execution_optimistic":false,"finalized":false,"data":[{"index":"7","balance":"32000000000","status":"active_ongoing","validator":{"pubkey":"%s","slashed":false}}]}\
        """
            .formatted("0x" + KEY.publicKey().compressed().hex()));
  }

  static List<byte[]> dutyAnswers() {
    ObjectNode answer = object().put("dependent_root", ROOT.toString());
    answer.putArray("data").add(ASSIGNED.toJson());
    return List.of(utf8(answer.toString()));
  }

  static List<byte[]> attestationRewards() {
    return texts(
        """
        {"execution_optimistic":false,"finalized":false,"data":{"ideal_rewards":[],"total_rewards":[{"validator_index":"7","head":"2000","target":"-2000","source":"4000","inactivity":"0"}]}}\
        """);
  }

  static List<byte[]> syncRewards() {
    return texts(
        """
        {"execution_optimistic":false,"finalized":false,"data":[{"validator_index":"7","reward":"1029"},{"validator_index":"8","reward":"-3920"}]}\
        """);
  }

  static List<byte[]> dataAnswers() {
    return List.of(data(DATA.toJson()));
  }

  static List<byte[]> errorAnswers() {
    return texts(
        """
        {"code":400,"message":"some failed","failures":[{"index":0,"message":"PriorAttestationKnown"},{"index":"1","message":"bad"}]}\
        """);
  }

  static List<byte[]> headEvents() {
    return texts(
        """
        {"slot":"10","block":"%1$s","state":"%1$s","epoch_transition":false,"previous_duty_dependent_root":"%1$s","current_duty_dependent_root":"%1$s","execution_optimistic":false}\
        """
            .formatted(ROOT));
  }

  // ---- SSZ

  static SszType sszType(byte choice) {
    return TYPES.container(CONTAINERS.get((choice & 0xff) % CONTAINERS.size()));
  }

  /** The least value of a type, but for lists, which hold one. */
  private static SszValue value(SszType type) {
    return switch (type) {
      case SszType.Uint _ -> new SszValue.Unsigned(BigInteger.TEN);
      case SszType.Bool _ -> new SszValue.Flag(true);
      case SszType.ByteVector vector -> octets(vector.length(), 1);
      case SszType.ByteList _ -> octets(3, 1);
      case SszType.Bitvector vector -> octets((vector.length() + 7) / 8, 0);
      case SszType.Bitlist _ -> octets(2, 1);
      case SszType.Vector vector ->
          new SszValue.Items(Collections.nCopies(vector.length(), value(vector.element())));
      case SszType.ListOf list -> new SszValue.Items(List.of(value(list.element())));
      case SszType.Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> value(field.type())).toList());
    };
  }

  private static SszValue octets(int size, int each) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) each);
    return new SszValue.Octets(Bytes.wrap(bytes));
  }

  private static byte[] chosen(int choice, byte[] content) {
    byte[] input = new byte[content.length + 1];
    input[0] = (byte) choice;
    System.arraycopy(content, 0, input, 1, content.length);
    return input;
  }

  static List<byte[]> sszValues() {
    return IntStream.range(0, CONTAINERS.size())
        .mapToObj(choice -> {
          SszType type = sszType((byte) choice);
          return chosen(choice, Ssz.encode(type, value(type)).toArray());
        })
        .toList();
  }

  static List<byte[]> sszJson() {
    return IntStream.range(0, CONTAINERS.size())
        .mapToObj(choice -> {
          SszType type = sszType((byte) choice);
          return chosen(choice, utf8(SszJson.write(type, value(type)).toString()));
        })
        .toList();
  }

  // ---- files

  static List<byte[]> clusterFiles() {
    List<Address> addresses =
        IntStream.range(0, 3).mapToObj(i -> new Address("127.0.0.1", 9000 + i)).toList();
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan("test", 2, Optional.of("loses liveness"), addresses)
                .paying(new Proposals(Bytes.fromHex("ab".repeat(20)), OptionalInt.of(60_000_000))),
            1,
            RANDOM);
    dealt.forEach(OperatorFolder::close);
    return List.of(dealt.getFirst().cluster().toJson());
  }

  static List<byte[]> settings() {
    return texts(
        """
        # operator-0 of the cluster "test"
        quorate {
          files.cluster = "cluster.json"
          files.keys = "."
          peers.bind-address = "127.0.0.1:3610"
          admin.bind-address = off
          beacon-nodes.urls = ["http://127.0.0.1:5052", "https://user:word@host/path"]
          beacon-nodes.urls += "http://[::1]:5052"
          database { url = "jdbc:postgresql://host/database", schema = operator_0 }
          database.user = ${?HOME}
          pod.seeds = ["127.0.0.1:3620"]
        }
        """,
        "{\"quorate\":{\"beacon-nodes\":{\"urls\":[\"http://a\"],\"timeout-millis\":2000}}}",
        "quorate.beacon-nodes.urls = [\"http://a\"]\nquorate.pod.name=a,quorate.peers.flush-millis=\"20\"");
  }

  static List<byte[]> keyStores() {
    return List.of(
        Stores.write(false, PASSWORD.toCharArray()), Stores.write(true, PASSWORD.toCharArray()));
  }

  static List<byte[]> passwords() {
    return texts(PASSWORD + "\n", "\ud835\udd31\ud835\udd22st\u00e9\r\n");
  }

  static List<byte[]> mnemonics() {
    return texts("abandon ".repeat(11) + "about", "\u00e9quipe\u3000\uac00 ".repeat(6) + "\n");
  }

  static List<byte[]> identities() throws IOException {
    Path file = FOLDER.resolve("identity.key");
    Files.deleteIfExists(file);
    IDENTITY.save(file);
    byte[] content = Files.readAllBytes(file);
    Files.delete(file);
    return List.of(content);
  }

  static List<byte[]> publicKeys() {
    return List.of(
        KEY.publicKey().compressed().toArray(), IDENTITY.publicKey().encoded().toArray());
  }

  static List<byte[]> protections() {
    TreeMap<Bytes, Watermarks> watermarks = new TreeMap<>();
    watermarks.put(
        KEY.publicKey().compressed(),
        new Watermarks(
            new AttestationWatermark(5, 6, Optional.empty()),
            new BlockWatermark(123, Optional.empty())));
    return List.of(utf8(Interchange.write(ROOT, watermarks).toString()));
  }

  // ---- flags and callers

  static List<byte[]> addresses() {
    return texts("127.0.0.1:3610", "[::1]:0", "Node-1.example:65535");
  }

  static List<byte[]> urls() {
    return texts("http://127.0.0.1:5052", "https://user:word@host.example/path/", "http://[::1]/");
  }

  static List<byte[]> requests() {
    return texts(
        "/v1/node",
        "/v1/validators?page=2&size=50&search=0xab",
        "/v1/validators/0x" + KEY.publicKey().compressed().hex(),
        "/v1/duties?after=7&limit=%31");
  }

  static List<byte[]> adminAnswers() {
    DutiesView.Duty duty =
        new DutiesView.Duty(
            1,
            "attester/5/3",
            "attester",
            5,
            3,
            "MISSED",
            Optional.of("NO_QUORUM"),
            List.of(2),
            OptionalInt.of(1),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.of("INCLUDED"),
            9);
    NodeView node =
        new NodeView(
            "0.1.0",
            "pod-0",
            new NodeView.Operator(0, "operator-0"),
            new NodeView.Cluster("test", ROOT.toString(), 4, 3, 3, 16),
            new NodeView.Chain(1_700_000_000, ROOT.toString(), -5, 0),
            Optional.of(new NodeView.Features(0, Features.OWN.names())),
            true,
            List.<ImpairmentView>of(),
            List.of(new NodeView.BeaconNode("http://a", "READY", 0)),
            new NodeView.Clock(1, OptionalLong.of(-5)),
            new NodeView.Duties(5, Map.of("NO_QUORUM", 1L), Map.of(1, 5L), 0));
    return Stream.of(
            node,
            new DutiesView(OptionalLong.of(1), List.of(duty)),
            new ErrorView(new ErrorView.Refusal("UNKNOWN_ROUTE", "no")),
            new ValidatorView(
                3,
                "0xab",
                true,
                Optional.of(duty),
                List.of(
                    new ValidatorView.Watermark(
                        "ATTESTATION", OptionalLong.of(5), 6, Optional.of(ROOT.toString()))),
                List.of()))
        .map(Json::write)
        .toList();
  }

  static List<byte[]> messages() {
    Bytes signature = SIGNATURE.compressed();
    Bytes pubkey = KEY.publicKey().compressed();
    BitSet bits = new BitSet();
    bits.set(3);
    List<ObjectNode> messages = new ArrayList<>();
    messages.add(new ProposerDuty(pubkey, 7, 43).toJson());
    messages.add(new SyncDuty(pubkey, 7, List.of(3, 511)).toJson());
    for (Fork fork : List.of(Fork.DENEB, Fork.FULU)) {
      AggregateAttestation aggregate = AggregateAttestation.of(DATA, 2, 128, bits, fork, signature);
      messages.add(aggregate.toJson());
      messages.add(
          new Signed<>(new AggregateAndProof(7, aggregate, signature), signature).toJson());
    }
    messages.add(new SyncCommitteeMessage(43, ROOT, 7, signature).toJson());
    SyncCommitteeContribution contribution =
        new SyncCommitteeContribution(43, ROOT, 1, Bytes.wrap(new byte[16]), signature);
    messages.add(contribution.toJson());
    messages.add(
        new Signed<>(new ContributionAndProof(7, contribution, signature), signature).toJson());
    messages.add(new CommitteeSubscription(7, 1, 4, 43, true).toJson());
    messages.add(new SyncSubscription(7, List.of(3, 511), 256).toJson());
    messages.add(new ProposerPreparation(7, signature.slice(0, 20)).toJson());
    messages.add(
        new Signed<>(
                new ValidatorRegistration(signature.slice(0, 20), 60_000_000, 1, pubkey), signature)
            .toJson());
    messages.add(new Signed<>(new VoluntaryExit(5, 7), signature).toJson());
    return messages.stream().map(message -> utf8(message.toString())).toList();
  }

  private static Function<JsonNode, Optional<ObjectNode>> aggregates(Fork fork) {
    return json ->
        Signed.ofJson(json, message -> AggregateAndProof.ofJson(message, fork)).map(Signed::toJson);
  }

  static List<byte[]> submissions() {
    List<byte[]> submissions = new ArrayList<>();
    for (SimulatedChain chain : CHAINS) {
      AttesterDuty duty = Submissions.duty(chain, 3);
      AttestationData attested =
          new AttestationData(
              duty.slot(), 0, ROOT, new Checkpoint(2, ROOT), new Checkpoint(3, ROOT));
      submissions.add(
          utf8(
              new SignedAttestation(attested, duty, SIGNATURE.compressed())
                  .toJson(chain.config().fork())
                  .toString()));
    }
    return submissions;
  }
}
