/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.CoValidator.Input;
import dev.quorate.consensus.duty.CoValidator.Plan;
import dev.quorate.consensus.duty.CoValidator.Request;
import dev.quorate.consensus.qbft.Proof;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.consensus.quorum.Quorum;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Operators that run the real duty machines of one validator in virtual time. What a disk would
 * keep (ledger, fence, guard) survives a crash; everything else does not. It checks while it runs
 * that no operator ever contradicts a vote or a signature, whatever its incarnation.
 */
final class DutyNetwork {
  static final long BEGIN_MILLIS = 1_000_000;
  static final long DEADLINE_MILLIS = BEGIN_MILLIS + 60_000;
  static final long START_MILLIS = BEGIN_MILLIS - 3_000;
  static final RoundTimes ROUNDS = new RoundTimes(1_000, 8_000);
  private static final long FLUSH_MILLIS = 30;

  final DutyId duty;
  final List<Node> nodes = new ArrayList<>();
  final int threshold;
  final List<Bytes> broadcast = new ArrayList<>();
  final Map<Integer, List<DutyOutcome>> outcomes = new TreeMap<>();
  final Map<Reason, Integer> discarded = new TreeMap<>();
  int accusations;

  private final Quorum quorum;
  private final Random random;
  private final Agenda agenda;
  private final Map<VoteKey, Bytes32> votes = new HashMap<>();
  private final Map<Integer, Bytes32> signed = new HashMap<>();
  private Links connected = (_, _) -> true;
  private DutyRule rule = new OwnRule(Optional.empty());

  /** Which frames get through. */
  interface Links {
    boolean pass(int from, int to);
  }

  private record VoteKey(int operator, VoteKind kind, int round) {}

  /** Signatures are tokens: nobody can make another's, and nobody needs to verify them. */
  private record Token(Vote vote) implements Proof {}

  DutyNetwork(int operators, long seed) {
    this(operators, seed, DutyId.attester(8, 0), new Agenda(START_MILLIS));
  }

  /** Of a duty in which a validator client may have signed before anything is agreed. */
  static DutyNetwork ofSyncMessage(int operators, long seed) {
    return new DutyNetwork(
        operators, seed, new DutyId(DutyType.SYNC_MESSAGE, 8, 0, 0), new Agenda(START_MILLIS));
  }

  /** Of a duty that ends with its decision. */
  static DutyNetwork ofInfoSync(int operators, long seed) {
    return new DutyNetwork(
        operators, seed, new DutyId(DutyType.INFO_SYNC, 8, 0, 0), new Agenda(START_MILLIS));
  }

  private DutyNetwork(int operators, long seed, DutyId duty, Agenda agenda) {
    this.duty = duty;
    this.agenda = agenda;
    quorum = new Quorum(operators);
    threshold = quorum.size();
    random = new Random(seed);
    for (int self = 0; self < operators; self++) {
      nodes.add(new Node(self));
    }
  }

  /**
   * Duties that validators of one cluster have in the same slot. Each operator does one thing at a
   * time for all of them, and what it says to a peer goes out every {@link #FLUSH_MILLIS}.
   *
   * @param workloads by operator
   */
  static List<DutyNetwork> ofValidators(
      int validators, List<Workload> workloads, Agenda agenda, Random random) {
    List<DutyNetwork> networks = new ArrayList<>();
    for (int validator = 0; validator < validators; validator++) {
      DutyId duty = DutyId.attester(8, validator);
      DutyNetwork network = new DutyNetwork(workloads.size(), random.nextLong(), duty, agenda);
      network.nodes.forEach(node -> node.workload = Optional.of(workloads.get(node.self)));
      networks.add(network);
    }
    return networks;
  }

  /** The highest that any operator cast a vote in, 0 without any. */
  int highestRound() {
    return votes.keySet().stream().mapToInt(VoteKey::round).max().orElse(0);
  }

  int leader() {
    return (int) Math.floorMod(duty.slot() + duty.type().code() + 1, (long) nodes.size());
  }

  /** All propose the same head: {@code head}. */
  static Value value(int head) {
    return new Value(Bytes.of(new byte[] {1, (byte) head}));
  }

  List<DutyOutcome> outcomes(int operator) {
    return outcomes.getOrDefault(operator, List.of());
  }

  /** From now on a duty leaves no choice: all sign this. */
  void give(Value value) {
    rule = new OwnRule(Optional.of(value));
  }

  void assignAll() {
    nodes.forEach(Node::assign);
  }

  void ownValues(Value value) {
    nodes.forEach(node -> node.ownValues(value));
  }

  /** Frames pass only where this says so, from the first to the second. */
  void connect(Links links) {
    connected = links;
  }

  long nowMillis() {
    return agenda.nowMillis();
  }

  /** The next thing that happens; false if nothing will. */
  boolean advance() {
    return agenda.advance();
  }

  static SignedVote signed(Vote vote) {
    return new SignedVote(vote, new Token(vote));
  }

  static DutyMessage commit(DutyId duty, int sender, Bytes32 value) {
    return new DutyMessage.Agreement(
        new QbftMessage.Cast(
            signed(new Vote.Commit(duty, sender, 1, value)), List.of(), Optional.empty()));
  }

  void runUntil(long millis) {
    agenda.runUntil(millis);
  }

  void run() {
    runUntil(DEADLINE_MILLIS + 1);
  }

  private void later(long millis, Runnable what) {
    agenda.later(millis, what);
  }

  static Bytes share(int operator, Bytes32 root) {
    return Bytes32.sha256(new byte[] {7, (byte) operator}, root.toArray()).toBytes();
  }

  static Bytes group(Bytes32 root) {
    return Bytes32.sha256(new byte[] {8}, root.toArray()).toBytes();
  }

  /** Accepts what the own beacon node says, and nothing else. */
  record OwnRule(Optional<Value> given) implements DutyRule {
    @Override
    public Verdict judge(Value proposed, List<Value> own) {
      if (own.isEmpty()) {
        return new Verdict.Unconfirmed(Reason.NO_OWN_DATA);
      }
      return own.contains(proposed)
          ? new Verdict.Accepted()
          : new Verdict.Unconfirmed(Reason.CHECKPOINTS_DIFFER);
    }

    @Override
    public Optional<Signable> signable(Value decided) {
      return decided.content().get(0) == 1
          ? Optional.of(new Signable(root(decided), 0, 1))
          : Optional.empty();
    }
  }

  static Bytes32 root(Value value) {
    return Bytes32.sha256(new byte[] {9}, value.content().toArray());
  }

  /** The place where a crash happens: the count of persists and sends of this node so far. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  final class Node {
    final int self;
    // What the disk keeps.
    DutyLedger ledger = DutyLedger.EMPTY;
    private final Map<DutyId, Integer> fence = new HashMap<>();
    private final Map<DutyId, Bytes32> guard = new HashMap<>();

    // What a crash takes.
    CoValidator.State state = CoValidator.State.INITIAL;
    private int incarnation = 1;
    private final Map<DutyTimer.Lane, Integer> timers = new HashMap<>();
    private boolean up = true;

    private List<Value> own = List.of();
    private Optional<Workload> workload = Optional.empty();
    private final List<Bytes32> refuses = new ArrayList<>();
    private boolean isSigning = true;
    private boolean isGuarded = true;
    private SubmissionOutcome beaconNodeSays = SubmissionOutcome.ACCEPTED;
    int killAt = Integer.MAX_VALUE;
    int killPoints;

    Node(int self) {
      this.self = self;
    }

    /** So much mail waits at any time. */
    long mailWaitsMillis;

    /** How far this operator's clock is behind, in milliseconds. */
    long slowMillis;

    void assign() {
      input(new Input.Assigned(context(duty)));
    }

    DutyContext context(DutyId id) {
      return new DutyContext(
          id, quorum, threshold, self, id.slot(), ROUNDS, rule, BEGIN_MILLIS, DEADLINE_MILLIS);
    }

    void ownValues(Value... values) {
      own = List.of(values);
      tell(new DutyInput.OwnValues(own));
    }

    /** From now on the own beacon node says this, but only when it is asked. */
    void answersRefreshesWith(Value value) {
      own = List.of(value);
    }

    boolean isUp() {
      return up;
    }

    /** Whoever holds the share does not answer. */
    void signsNothing() {
      isSigning = false;
    }

    /** The guard does not answer. */
    void guardIsSilent() {
      isGuarded = false;
    }

    /** The guard has a row that refuses this root. */
    void guardRefuses(Bytes32 root) {
      refuses.add(root);
    }

    /** What the own beacon nodes say to every submission from now on. */
    void beaconNodeSays(SubmissionOutcome outcome) {
      beaconNodeSays = outcome;
    }

    void tell(DutyInput input) {
      input(new Input.ForDuty(duty, input));
    }

    void receive(DutyMessage message) {
      input(new Input.Mail(List.of(message)));
    }

    void stop() {
      up = false;
      incarnation++;
    }

    void restart() {
      incarnation++;
      state = CoValidator.State.INITIAL;
      timers.clear();
      up = true;
      assign();
      if (!own.isEmpty()) {
        tell(new DutyInput.OwnValues(own));
      }
      nodes.stream()
          .filter(other -> other != this)
          .forEach(other -> {
            other.input(new Input.PeerConnected(self));
            input(new Input.PeerConnected(other.self));
          });
    }

    DutyState state() {
      return Optional.ofNullable(state.open().get(duty)).orElseThrow().state();
    }

    private void input(Input input) {
      workload.ifPresentOrElse(work -> work.add(() -> take(input)), () -> take(input));
    }

    private void take(Input input) {
      if (!up) {
        return;
      }
      try {
        Plan plan = CoValidator.step(state, ledger, nowMillis() - slowMillis, input);
        state = plan.state();
        plan.now().forEach(this::perform);
        for (DutyEvent event : plan.events()) {
          ledger = ledger.apply(event);
          killPoint();
        }
        plan.onceDurable().forEach(this::perform);
      } catch (Killed killed) {
        stop();
        later(random.nextInt(3_000), this::restart);
      }
    }

    private void killPoint() {
      if (killPoints++ == killAt) {
        throw new Killed();
      }
    }

    /** An answer, unless this incarnation is gone by then. */
    private void answer(long millis, Runnable work, DutyInput input) {
      work.run();
      int asked = incarnation;
      later(
          millis,
          () -> {
            if (incarnation == asked) {
              tell(input);
            }
          });
    }

    private void perform(Request request) {
      switch (request.output()) {
        case DutyOutput.ClaimFence _ -> {
          assertThat(rule.given()).as("what is voted on").isEmpty();
          int owner = fence.computeIfAbsent(duty, _ -> incarnation);
          answer(
              2,
              () -> {},
              new DutyInput.FenceAnswered(
                  owner == incarnation
                      ? new FenceVerdict.Owned()
                      : new FenceVerdict.Foreign(Reason.FENCED)));
        }
        case DutyOutput.AskGuard(Signable signable) -> {
          assertThat(duty.type().isSigned()).as("what is signed").isTrue();
          if (!isGuarded) {
            return;
          }
          boolean granted =
              !refuses.contains(signable.root())
                  && guard.computeIfAbsent(duty, _ -> signable.root()).equals(signable.root());
          answer(
              2,
              () -> {},
              new DutyInput.GuardAnswered(
                  granted
                      ? new GuardVerdict.Granted()
                      : new GuardVerdict.Refused(Reason.SLASHABLE)));
        }
        case DutyOutput.SignShare(Value _, Signable(Bytes32 root, long _, long _)) -> {
          assertThat(ledger.of(duty))
              .as("a durable intent stands before the signature")
              .anyMatch(e -> e instanceof DutyEvent.Intended i && i.signable().root().equals(root));
          assertThat(guard.get(duty)).as("the guard's row stands before it").isEqualTo(root);
          if (isSigning) {
            answer(1, () -> {}, new DutyInput.ShareSigned(share(self, root)));
          }
        }
        case DutyOutput.Combine(Bytes32 root, var partials) -> combine(root, partials);
        case DutyOutput.Submit(Value value, Bytes signature) -> {
          killPoint();
          assertThat(ledger.of(duty))
              .as("a durable signature stands before the broadcast")
              .anyMatch(e -> e instanceof DutyEvent.Completed c && c.signature().equals(signature));
          assertThat(signature).isEqualTo(group(root(value)));
          broadcast.add(signature);
          answer(5, () -> {}, new DutyInput.Submitted(beaconNodeSays));
        }
        case DutyOutput.RefreshOwnValues _ -> answer(20, () -> {}, new DutyInput.OwnValues(own));
        case DutyOutput.SendVote send -> {
          killPoint();
          Bytes32 before =
              votes.putIfAbsent(
                  new VoteKey(self, send.vote().kind(), send.vote().round()), send.vote().value());
          assertThat(before)
              .as("operator %s votes once in round %s", self, send.vote())
              .isIn(null, send.vote().value());
          DutyMessage message =
              new DutyMessage.Agreement(
                  new QbftMessage.Cast(signed(send.vote()), send.justification(), send.value()));
          nodes.forEach(to -> send(to.self, message));
        }
        case DutyOutput.SendToAll(DutyMessage message) -> {
          killPoint();
          nodes.stream().filter(to -> to != this).forEach(to -> send(to.self, message));
        }
        case DutyOutput.SendTo(int operator, DutyMessage message) -> {
          killPoint();
          send(operator, message);
        }
        case DutyOutput.LookForMail(DutyTimer timer, long askedMillis) ->
            answer(mailWaitsMillis, () -> {}, new DutyInput.MailSeen(timer, askedMillis));
        case DutyOutput.StartTimer(DutyTimer timer, long millis) -> {
          int version = timers.merge(timer.lane(), 1, Integer::sum);
          int asked = incarnation;
          later(
              millis,
              () -> {
                if (incarnation == asked && timers.getOrDefault(timer.lane(), 0) == version) {
                  tell(new DutyInput.TimerExpired(timer));
                }
              });
        }
        case DutyOutput.Discard(_, Reason reason) -> discarded.merge(reason, 1, Integer::sum);
        case DutyOutput.Accuse _ -> accusations++;
        case DutyOutput.Report(DutyOutcome outcome) ->
            outcomes.computeIfAbsent(self, _ -> new ArrayList<>()).add(outcome);
        case DutyOutput.Close _ -> timers.clear();
        case DutyOutput.Persist _, DutyOutput.Note _ -> throw new AssertionError(request);
      }
    }

    private void send(int to, DutyMessage message) {
      if (message instanceof DutyMessage.Partial partial && partial.sender() == self) {
        assertThat(ledger.of(duty))
            .as("a durable share stands before it is sent")
            .anyMatch(
                e -> e instanceof DutyEvent.Shared s && s.signature().equals(partial.signature()));
        Bytes32 before = signed.putIfAbsent(self, partial.root());
        assertThat(before).as("operator %s signs one root", self).isIn(null, partial.root());
      }
      if (connected.pass(self, to)) {
        long flush = workload.isPresent() ? FLUSH_MILLIS - nowMillis() % FLUSH_MILLIS : 0;
        later(flush + 1 + random.nextInt(10), () -> nodes.get(to).receive(message));
      }
    }

    private void combine(Bytes32 root, Map<Integer, Bytes> partials) {
      List<Integer> culprits = new ArrayList<>();
      List<Integer> good = new ArrayList<>();
      partials.forEach((operator, partial) ->
          (partial.equals(share(operator, root)) ? good : culprits).add(operator));
      answer(
          2,
          () -> {},
          good.size() >= threshold
              ? new DutyInput.Combined(group(root), good.subList(0, threshold), culprits)
              : new DutyInput.CombineFailed(culprits));
    }
  }
}
