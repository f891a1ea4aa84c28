/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.sign.SignerProblem;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.config.ExitApproval;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.JournalExcerpt.Place;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PodsView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Operator 1 of 4 with a healthy pod, until a test says otherwise. */
final class FakePod implements PodView {
  static final long SLOT = 100;
  static final Bytes32 ROOT = Bytes32.sha256("root".getBytes(StandardCharsets.UTF_8));
  private static final Value VALUE = new Value(Bytes.of("value".getBytes(StandardCharsets.UTF_8)));

  volatile Set<Integer> reachable = Set.of(0, 2, 3);
  volatile Set<Integer> up;
  volatile List<NodeView.BeaconNode> beaconNodes =
      List.of(
          new NodeView.BeaconNode("http://one:5052", "READY", 0),
          new NodeView.BeaconNode("http://two:5052", "READY", 1));
  volatile OptionalLong rivalSlot = OptionalLong.empty();
  volatile Optional<String> signerAilment = Optional.empty();
  volatile NodeView.Clock clock = new NodeView.Clock(0, OptionalLong.empty());
  volatile CompletionStage<Boolean> database = CompletableFuture.completedStage(true);
  volatile CompletionStage<DutyLedger> journal;
  volatile Function<DutyId, CompletionStage<JournalExcerpt>> excerpts =
      duty -> CompletableFuture.completedStage(excerpt(duty, ledger().events()));
  volatile CompletionStage<Watermarks> watermarks =
      CompletableFuture.completedStage(
          new Watermarks(
              new AttestationWatermark(2, 3, Optional.of(ROOT)),
              new BlockWatermark(77, Optional.empty())));
  volatile boolean isSealed;
  volatile Optional<Quarantine> quarantine = Optional.empty();
  volatile CompletionStage<List<PodsView.Pod>> pods =
      CompletableFuture.completedStage(
          List.of(
              new PodsView.Pod("pekko://quorate@10.0.0.1:17355", "UP", true, true, 60, 600),
              new PodsView.Pod(
                  "pekko://quorate@10.0.0.2:17355", "LEAVING", false, false, 40, 400)));
  final Set<Bytes> approved = ConcurrentHashMap.newKeySet();
  final List<DutyFigures.Listener> listeners = new CopyOnWriteArrayList<>();
  private final Facts facts;

  FakePod(int validators) {
    facts =
        new Facts(
            "1.2.3",
            "pod-7",
            1,
            "example",
            ROOT,
            IntStream.range(0, 4)
                .mapToObj(i -> new OperatorFacts("operator-" + i, "10.0.0." + i + ":3610"))
                .toList(),
            3,
            3,
            IntStream.range(0, validators).mapToObj(FakePod::key).toList(),
            times());
    up = IntStream.range(0, validators).boxed().collect(Collectors.toSet());
    journal = CompletableFuture.completedStage(ledger());
  }

  /** Some bytes that look like a public key, and begin with different digits. */
  private static Bytes key(int validator) {
    byte[] digest = Bytes32.newSha256().digest(ByteBuffer.allocate(4).putInt(validator).array());
    return Bytes.wrap(ByteBuffer.allocate(48).put(digest).putInt(validator).array());
  }

  static SlotTimes times() {
    try {
      return new SlotTimes(
          ChainSpec.ofJson(
              new JsonMapper()
                  .readTree(
                      """
                      {"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"32","GENESIS_FORK_VERSION":"0x00000000"}
                      """)),
          new Genesis(1_700_000_000, ROOT, Bytes.fromHex("00000000")));
    } catch (JsonProcessingException malformed) {
      throw new AssertionError(malformed);
    }
  }

  /** One duty of each kind that a journal may hold. */
  static DutyLedger ledger() {
    DutyEvent.Trail trail =
        new DutyEvent.Trail(
            1_000,
            1_500,
            2_000,
            2,
            Optional.of(3),
            List.of(0, 1, 2),
            List.of(
                new DutyEvent.CastVote(VoteKind.PREPARE, 1, VALUE.hash(), 1_600),
                new DutyEvent.CastVote(VoteKind.ROUND_CHANGE, 2, Bytes32.ZERO, 1_700)),
            List.of(new DutyEvent.DoubleVote(3, VoteKind.COMMIT, 1, VALUE.hash(), ROOT)),
            Optional.of(Reason.CHECKPOINTS_DIFFER));
    Signable signable = new Signable(ROOT, 2, 3);
    DutyId broadcast = DutyId.attester(SLOT, 0);
    DutyId completed = DutyId.attester(SLOT + 32, 0);
    DutyId missed = DutyId.attester(SLOT + 64, 0);
    DutyId intended = DutyId.attester(SLOT + 96, 0);
    return List.of(
            new DutyEvent.Intended(broadcast, VALUE, signable, trail, Aftermath.NONE),
            new DutyEvent.Shared(broadcast, Bytes.wrap(new byte[192]), 3_000),
            completed(broadcast, List.of(0, 1, 2)),
            new DutyEvent.Intended(
                completed,
                VALUE,
                signable,
                trail,
                new Aftermath(
                    List.of(new DutyEvent.Submission(broadcast, SubmissionOutcome.ACCEPTED, 5_000)),
                    List.of(new DutyEvent.LatePartial(broadcast, 3, 4_500)))),
            new DutyEvent.Shared(completed, Bytes.wrap(new byte[192]), 3_000),
            completed(completed, List.of(1, 2, 3)),
            new DutyEvent.Failed(
                missed, Reason.NO_QUORUM, List.of(), List.of(), trail, Aftermath.NONE, 6_000),
            new DutyEvent.Intended(intended, VALUE, signable, trail, Aftermath.NONE))
        .stream()
        .reduce(DutyLedger.EMPTY, DutyLedger::apply, (_, last) -> last);
  }

  /** What a journal of these rows, each written when its duty's slot began, holds of a duty. */
  static JournalExcerpt excerpt(DutyId duty, List<DutyEvent> journal) {
    List<Place> places =
        IntStream.range(0, journal.size())
            .mapToObj(i -> {
              DutyId of = journal.get(i).duty();
              return new Place(i + 1, of, times().startMillis(of.slot()));
            })
            .toList();
    long startMillis = times().startMillis(duty.slot());
    return new JournalExcerpt(
        duty,
        journal.stream().filter(row -> JournalExcerpt.tells(row, duty)).toList(),
        places.stream().findFirst(),
        places.stream()
            .filter(place -> place.writtenAtMillis() < startMillis)
            .reduce((_, later) -> later),
        places.stream().filter(place -> place.writtenAtMillis() >= startMillis).findFirst());
  }

  static DutyEvent.Completed completed(DutyId duty, List<Integer> signers) {
    return new DutyEvent.Completed(
        duty,
        Optional.empty(),
        Bytes.wrap(new byte[96]),
        signers,
        List.of(3),
        List.of(new DutyEvent.Arrival(2, 3_500)),
        DutyEvent.Trail.NONE,
        Aftermath.NONE,
        4_000);
  }

  static DutyOutcome broadcast(int round) {
    return new DutyOutcome.Broadcast(SubmissionOutcome.ACCEPTED, round, 250, ROOT);
  }

  static DutyOutcome missed(Reason reason) {
    return new DutyOutcome.Missed(reason, Optional.empty());
  }

  void end(DutyId duty, DutyOutcome outcome) {
    listeners.forEach(listener -> listener.ended(duty, outcome));
  }

  void track(DutyId duty, Optional<Inclusion> inclusion) {
    listeners.forEach(listener -> listener.tracked(duty, inclusion));
  }

  void record(DutyEvent event) {
    listeners.forEach(listener -> listener.recorded(event));
  }

  @Override
  public Facts facts() {
    return facts;
  }

  @Override
  public long nowMillis() {
    return facts.times().startMillis(SLOT);
  }

  @Override
  public Set<Integer> reachable() {
    return reachable;
  }

  @Override
  public Set<Integer> up() {
    return up;
  }

  @Override
  public int upHere() {
    return up.size() / 2;
  }

  @Override
  public PeerCounters.Counts counts(int operator) {
    return new PeerCounters.Counts(10, 1_000, 20, 2_000, 1, 2, Map.of(Reason.BAD_SIGNATURE, 3L));
  }

  @Override
  public Optional<PeerCounters.Vitals> vitals(int operator) {
    return reachable.contains(operator)
        ? Optional.of(new PeerCounters.Vitals("pod-0", "1.2.3", Duration.ofNanos(1_234_567), -5))
        : Optional.empty();
  }

  @Override
  public List<NodeView.BeaconNode> beaconNodes() {
    return beaconNodes;
  }

  @Override
  public NodeView.Clock clock() {
    return clock;
  }

  @Override
  public OptionalLong rivalSlot() {
    return rivalSlot;
  }

  @Override
  public Optional<String> signerAilment() {
    return signerAilment;
  }

  @Override
  public Tallies tallies() {
    return new Tallies(
        5,
        Map.of(Reason.NO_QUORUM, 1L),
        Map.of(1, 4L, 2, 1L),
        1,
        1,
        Map.of(Reason.DUPLICATE, 2L),
        30,
        60,
        7,
        Map.of(Reason.FENCED, 3L),
        6,
        Map.of(Reason.SLASHABLE, 1L),
        Map.of(SignerProblem.TIMED_OUT, 2L),
        Map.of(ClientProblem.WRONG_SIGNATURE, 1L),
        4);
  }

  @Override
  public void listen(DutyFigures.Listener listener) {
    listeners.add(listener);
  }

  @Override
  public CompletionStage<Boolean> isDatabaseReachable() {
    return database;
  }

  @Override
  public CompletionStage<DutyLedger> journal(int validator) {
    return journal;
  }

  @Override
  public CompletionStage<JournalExcerpt> excerpt(DutyId duty) {
    return excerpts.apply(duty);
  }

  @Override
  public CompletionStage<Watermarks> watermarks(int validator) {
    return watermarks;
  }

  @Override
  public boolean isSealed() {
    return isSealed;
  }

  @Override
  public Optional<Quarantine> quarantine() {
    return quarantine;
  }

  @Override
  public CompletionStage<Optional<Quarantine>> quarantineNow() {
    return CompletableFuture.completedStage(quarantine);
  }

  @Override
  public CompletionStage<Boolean> approve(ExitApproval approval) {
    boolean isOwn = approval.signature().equals(Bytes.fromHex("ab".repeat(64)));
    if (isOwn) {
      approved.add(approval.groupKey());
    }
    return CompletableFuture.completedStage(isOwn);
  }

  @Override
  public CompletionStage<List<PodsView.Pod>> pods() {
    return pods;
  }
}
