/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.KillSwitch;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The beacon nodes of one operator, in its order of preference. A question goes to the best node;
 * if that fails, at once to the next, and if it has not answered within {@link #HEDGE_PERCENT} of
 * the patience, to the next as well: the first good answer counts, so a node that stalls, fails or
 * talks nonsense delays an answer by no more than that. For what is signed, and for duties, a node
 * whose head nobody has verified, of which nothing is known yet, or that is on another chain, is
 * not asked at all ({@link NodeHealth#isVerified}). Submissions go to all.
 *
 * <p>Safe for use by many threads.
 */
public final class BeaconNodes {
  private static final Logger LOG = LoggerFactory.getLogger(BeaconNodes.class);

  /** The part of the patience after which one does not wait for a single node any longer. */
  static final int HEDGE_PERCENT = 25;

  /** UNKNOWN is better than REJECTED: another attempt may bring one of the first two. */
  private static final Comparator<SubmissionOutcome> BEST_FIRST =
      Comparator.comparing(outcome ->
          switch (outcome) {
            case ACCEPTED -> 0;
            case ALREADY_KNOWN -> 1;
            case UNKNOWN -> 2;
            case REJECTED -> 3;
          });

  private final ActorSystem<?> system;
  private final List<Member> members;
  private final Duration hedge;
  private final HeadSlots headSlots = new HeadSlots();

  /**
   * What a node says of itself.
   *
   * @param isOfChain whether it is on the chain that all are to be on
   */
  private record Report(SyncStatus status, OptionalLong peers, boolean isOfChain) {
    Standing standing(long expectedHead, long currentSlot) {
      return isOfChain ? Standing.of(status, peers, expectedHead, currentSlot) : Standing.FOREIGN;
    }
  }

  private record Told(SyncStatus status, OptionalLong peers) {}

  /** A node with what is remembered of it. */
  private static final class Member {
    private final BeaconNode node;
    private final Optional<Bytes32> chain;
    private NodeHealth health;
    private boolean isKnownOfChain;

    Member(BeaconNode node, Optional<Bytes32> chain) {
      this.node = node;
      this.chain = chain;
      health = chain.isPresent() ? NodeHealth.UNTRIED : NodeHealth.TRUSTED;
    }

    synchronized NodeHealth health() {
      return health;
    }

    synchronized void remember(UnaryOperator<NodeHealth> event) {
      health = event.apply(health);
      if (health.failuresInARow() > 0) {
        // Another node may come up in its place.
        isKnownOfChain = false;
      }
    }

    private synchronized boolean isKnownOfChain() {
      return isKnownOfChain;
    }

    private synchronized boolean isOfChain(Genesis genesis) {
      boolean is = chain.filter(genesis.validatorsRoot()::equals).isPresent();
      if (!is && health.standing() != Standing.FOREIGN) {
        LOG.error("{} is on another chain: nothing that it says counts", node.url());
      }
      isKnownOfChain = is;
      return is;
    }

    private CompletionStage<Boolean> isOfChain() {
      return chain.isEmpty() || isKnownOfChain()
          ? CompletableFuture.completedStage(true)
          : ask(BeaconNode::genesis).thenApply(this::isOfChain);
    }

    <T> CompletionStage<T> ask(Function<BeaconNode, CompletionStage<T>> question) {
      return question
          .apply(node)
          .whenComplete((_, failure) ->
              remember(failure == null ? NodeHealth::onAnswer : NodeHealth::onFailure));
    }

    /** Empty if it did not answer. */
    CompletionStage<Optional<Report>> report() {
      CompletionStage<OptionalLong> peers =
          node.connectedPeers().exceptionally(_ -> OptionalLong.empty());
      return isOfChain()
          .thenCombine(
              ask(BeaconNode::syncing).thenCombine(peers, Told::new),
              (is, told) -> Optional.of(new Report(told.status(), told.peers(), is)))
          .exceptionally(_ -> Optional.empty());
    }

    CompletionStage<List<SubmissionOutcome>> submit(Submission submission) {
      return node.submit(submission)
          .thenApply(outcomes -> {
            remember(
                outcomes.stream().allMatch(SubmissionOutcome.UNKNOWN::equals)
                    ? NodeHealth::onFailure
                    : NodeHealth::onAnswer);
            return outcomes;
          });
    }
  }

  /**
   * Nodes that are taken for what they say they are, until they are asked about it.
   *
   * @param urls at least one, the preferred node first
   * @param timeoutMillis the patience with each node for each question
   */
  public BeaconNodes(ActorSystem<?> system, List<BeaconUrl> urls, long timeoutMillis) {
    this(system, urls, timeoutMillis, Optional.empty());
  }

  /**
   * Nodes that give no data for duties before they have told how they fare and that they are on the
   * chain.
   *
   * @param genesisValidatorsRoot of the chain that all nodes are to be on
   */
  public BeaconNodes(
      ActorSystem<?> system,
      List<BeaconUrl> urls,
      long timeoutMillis,
      Bytes32 genesisValidatorsRoot) {
    this(system, urls, timeoutMillis, Optional.of(genesisValidatorsRoot));
  }

  private BeaconNodes(
      ActorSystem<?> system, List<BeaconUrl> urls, long timeoutMillis, Optional<Bytes32> chain) {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("no beacon node");
    }
    this.system = system;
    this.members =
        urls.stream()
            .map(url -> new Member(new BeaconNode(system, url, timeoutMillis), chain))
            .toList();
    this.hedge = Duration.ofMillis(Math.max(1, timeoutMillis * HEDGE_PERCENT / 100));
  }

  /** Every node, in the operator's order: for questions that each is to answer for itself. */
  public List<BeaconNode> nodes() {
    return members.stream().map(member -> member.node).toList();
  }

  /** What is remembered of each of {@link #nodes()}. */
  public List<NodeHealth> health() {
    return members.stream().map(member -> member.health()).toList();
  }

  /** The position in {@link #nodes()} of the one that is asked first. */
  public int preferred() {
    return order(Set.of()).getFirst();
  }

  /**
   * The positions in {@link #nodes()} of those that are {@link Standing#READY}, best first; if none
   * is, of all that are {@link NodeHealth#isVerified}, which may be none.
   */
  public List<Integer> sound() {
    List<Integer> ready = ready();
    return ready.isEmpty() ? verified(Set.of()) : ready;
  }

  private List<Integer> ready() {
    return order(Set.of()).stream().filter(i -> members.get(i).health().isReady()).toList();
  }

  private List<Integer> verified(Set<Integer> likely) {
    return order(likely).stream().filter(i -> members.get(i).health().isVerified()).toList();
  }

  /**
   * Asks every node how it fares and remembers it; due about once a slot. A node is also measured
   * by {@linkplain Standing#expectedHead the others' heads}, since one that is stuck may not know
   * it.
   *
   * @param currentSlot by the own clock
   * @return {@link #health()} after all have answered or failed
   */
  public CompletionStage<List<NodeHealth>> checkHealth(long currentSlot) {
    List<CompletableFuture<Optional<Report>>> reports =
        members.stream()
            .map(member ->
                member
                    .report()
                    .thenApply(report -> judgedAlone(member, report, currentSlot))
                    .toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(reports.toArray(CompletableFuture[]::new))
        .thenApply(_ -> {
          judge(reports.stream().map(CompletableFuture::join).toList(), currentSlot);
          return health();
        });
  }

  /** Who has told nothing before does not wait for those that stall. */
  private static Optional<Report> judgedAlone(
      Member member, Optional<Report> report, long currentSlot) {
    if (member.health().standing() == Standing.UNTRIED) {
      report
          .map(told -> told.standing(told.status().headSlot(), currentSlot))
          .ifPresent(standing -> member.remember(health -> health.onStanding(standing)));
    }
    return report;
  }

  private void judge(List<Optional<Report>> reports, long currentSlot) {
    long expectedHead =
        Standing.expectedHead(
            reports.stream()
                .flatMap(Optional::stream)
                .filter(Report::isOfChain)
                .map(Report::status)
                .toList(),
            currentSlot);
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      reports
          .get(i)
          .map(report -> report.standing(expectedHead, currentSlot))
          .ifPresent(standing -> member.remember(health -> health.onStanding(standing)));
    }
  }

  /**
   * Tells of every node's new heads until it is switched off. Nodes that do not tell, or whose
   * stream broke, are asked again in the background.
   *
   * @param silence how long a stream may say nothing before it is taken for dead: some slots
   */
  public KillSwitch onHeads(Duration silence, HeadListener listener) {
    SharedKillSwitch until = KillSwitches.shared("heads");
    for (int i = 0; i < members.size(); i++) {
      int position = i;
      members
          .get(i)
          .node
          .heads(silence)
          .via(until.flow())
          .runForeach(
              head -> {
                headSlots.put(head);
                listener.onHead(position, head);
              },
              system)
          .exceptionally(bug -> {
            LOG.error("no more heads are heard of {}", members.get(position).node.url(), bug);
            return Done.getInstance();
          });
    }
    return until;
  }

  /** The slot of a block that a node told of as its head; empty if none did, or long ago. */
  public Optional<Long> headSlot(Bytes32 root) {
    return headSlots.of(root);
  }

  /** See {@link BeaconNode#genesis}. */
  public CompletionStage<Genesis> genesis() {
    return first(BeaconNode::genesis);
  }

  /** See {@link BeaconNode#spec}. */
  public CompletionStage<ChainSpec> spec() {
    return first(BeaconNode::spec);
  }

  /** See {@link BeaconNode#validators}. */
  public CompletionStage<Map<Bytes, IndexedValidator>> validators(Collection<Bytes> pubkeys) {
    return first(node -> node.validators(pubkeys));
  }

  /**
   * See {@link BeaconNode#attesterDuties}.
   *
   * @param likely positions of nodes to ask before all others; may be empty
   */
  public CompletionStage<AttesterDuties> attesterDuties(
      long epoch, Collection<Long> indices, Set<Integer> likely) {
    return verified(likely, node -> node.attesterDuties(epoch, indices));
  }

  /** See {@link BeaconNode#proposerDuties} and {@link #attesterDuties}. */
  public CompletionStage<ProposerDuties> proposerDuties(
      ChainSpec chain, long epoch, Set<Integer> likely) {
    return verified(likely, node -> node.proposerDuties(chain, epoch));
  }

  /** See {@link BeaconNode#syncDuties}. */
  public CompletionStage<List<SyncDuty>> syncDuties(long epoch, Collection<Long> indices) {
    return verified(Set.of(), node -> node.syncDuties(epoch, indices));
  }

  /** See {@link BeaconNode#attestationData}. */
  public CompletionStage<AttestationData> attestationData(long slot) {
    return verified(Set.of(), node -> node.attestationData(slot));
  }

  /** See {@link BeaconNode#headRoot}. */
  public CompletionStage<Bytes32> headRoot() {
    return verified(Set.of(), BeaconNode::headRoot);
  }

  /** See {@link BeaconNode#aggregate}. */
  public CompletionStage<AggregateAttestation> aggregate(
      Fork fork, AttestationData data, long committee) {
    return verified(Set.of(), node -> node.aggregate(fork, data, committee));
  }

  /** See {@link BeaconNode#contribution}. */
  public CompletionStage<SyncCommitteeContribution> contribution(
      long slot, int subcommittee, Bytes32 head) {
    return verified(Set.of(), node -> node.contribution(slot, subcommittee, head));
  }

  /** See {@link BeaconNode#block}. */
  public CompletionStage<Proposal> block(DutySlot at, BlockRequest request) {
    return verified(Set.of(), node -> node.block(at, request));
  }

  /**
   * Sends items to every node. The answer is there as soon as every item has arrived somewhere,
   * else when all nodes have answered, or a hedge after the first that did.
   *
   * @return the best outcome of each item, in order; REJECTED only if every node rejected it
   */
  public CompletionStage<List<SubmissionOutcome>> submit(Submission submission) {
    return submission.items().isEmpty()
        ? CompletableFuture.completedFuture(List.of())
        : new SubmissionToAll(submission).run();
  }

  /** {@link #submit} of attestations. */
  public CompletionStage<List<SubmissionOutcome>> submitAttestations(
      Fork fork, List<SignedAttestation> attestations) {
    return submit(Submission.attestations(fork, attestations));
  }

  // ---- what became of duties

  /** See {@link BeaconNode#attestationInclusion} and {@link #inTurn}. */
  public CompletionStage<Map<Long, Inclusion>> attestationInclusion(
      long epoch, Collection<Long> indices) {
    return inTurn(node -> node.attestationInclusion(epoch, indices));
  }

  /** See {@link BeaconNode#syncInclusion} and {@link #inTurn}. */
  public CompletionStage<Map<Long, Inclusion>> syncInclusion(long slot, Collection<Long> indices) {
    return inTurn(node -> node.syncInclusion(slot, indices));
  }

  /** See {@link BeaconNode#blockRoot} and {@link #inTurn}. */
  public CompletionStage<Optional<Bytes32>> blockRoot(long slot) {
    return inTurn(node -> node.blockRoot(slot));
  }

  /** Whether the chain has the exits of validators, by index; see {@link #inTurn}. */
  public CompletionStage<Map<Long, Inclusion>> exitInclusion(Collection<Bytes> pubkeys) {
    return inTurn(node -> node.validators(pubkeys))
        .thenApply(known ->
            known.values().stream()
                .collect(
                    Collectors.toMap(
                        IndexedValidator::index, validator -> validator.status().exit())));
  }

  /**
   * Asks one node after the other that is ready, or was but for its peers, until one has answered,
   * never two at once, and holds it against none if it does not: for what no duty waits for.
   */
  private <T> CompletionStage<T> inTurn(Function<BeaconNode, CompletionStage<T>> question) {
    CompletionStage<T> answer =
        CompletableFuture.failedStage(new BeaconException(new BeaconError.NoSoundNode()));
    for (int i :
        order(Set.of()).stream().filter(i -> members.get(i).health().isAbreast()).toList()) {
      answer = answer.exceptionallyCompose(_ -> question.apply(members.get(i).node));
    }
    return answer;
  }

  // ----

  private <T> CompletionStage<T> first(Function<BeaconNode, CompletionStage<T>> question) {
    return first(
        order(Set.of()).stream()
            .filter(i -> members.get(i).health().standing() != Standing.FOREIGN)
            .toList(),
        question);
  }

  private <T> CompletionStage<T> verified(
      Set<Integer> likely, Function<BeaconNode, CompletionStage<T>> question) {
    return first(verified(likely), question);
  }

  private <T> CompletionStage<T> first(
      List<Integer> order, Function<BeaconNode, CompletionStage<T>> question) {
    return order.isEmpty()
        ? CompletableFuture.failedStage(new BeaconException(new BeaconError.NoSoundNode()))
        : new HedgedQuestion<>(order.stream().map(members::get).toList(), question).run();
  }

  private List<Integer> order(Set<Integer> likely) {
    // Looked up once: another thread may change it while this one sorts.
    List<NodeHealth> health = health();
    return IntStream.range(0, members.size())
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(i -> likely.contains(i) ? 0 : 1)
                .thenComparing(health::get, NodeHealth.BEST_FIRST))
        .toList();
  }

  /** The action finds out by itself whether it still matters. */
  private void afterHedge(Runnable action) {
    system.scheduler().scheduleOnce(hedge, action, system.executionContext());
  }

  /** Asks one node after the other until one has answered. */
  private final class HedgedQuestion<T> {
    private final List<Member> order;
    private final Function<BeaconNode, CompletionStage<T>> question;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private final List<BeaconError> errors = new ArrayList<>();
    private int asked;

    HedgedQuestion(List<Member> order, Function<BeaconNode, CompletionStage<T>> question) {
      this.order = order;
      this.question = question;
    }

    CompletionStage<T> run() {
      askNext();
      return answer;
    }

    private synchronized void askNext() {
      if (asked == order.size() || answer.isDone()) {
        return;
      }
      Member member = order.get(asked++);
      if (asked < order.size()) {
        afterHedge(this::askNext);
      }
      member.ask(question).whenComplete(this::onAnswer);
    }

    private synchronized void onAnswer(T value, Throwable failure) {
      if (failure == null) {
        answer.complete(value);
        return;
      }
      BeaconException.errorOf(failure)
          .ifPresentOrElse(errors::add, () -> answer.completeExceptionally(failure));
      if (errors.size() == order.size()) {
        answer.completeExceptionally(
            new BeaconException(
                order.size() == 1 ? errors.getFirst() : new BeaconError.AllNodesFailed(errors)));
      }
      askNext();
    }
  }

  /** One submission to all nodes. */
  private final class SubmissionToAll {
    private final CompletableFuture<List<SubmissionOutcome>> answer = new CompletableFuture<>();
    private final List<List<SubmissionOutcome>> answers = new ArrayList<>();
    private final Submission submission;

    SubmissionToAll(Submission submission) {
      this.submission = submission;
    }

    CompletionStage<List<SubmissionOutcome>> run() {
      members.forEach(member -> member.submit(submission).whenComplete(this::onAnswer));
      return answer;
    }

    private synchronized void onAnswer(List<SubmissionOutcome> outcomes, Throwable failure) {
      if (failure != null) {
        answer.completeExceptionally(failure);
        return;
      }
      answers.add(outcomes);
      if (answers.size() == members.size()
          || best().stream().allMatch(SubmissionOutcome::isSuccess)) {
        answer.complete(best());
      } else if (answers.size() == 1) {
        afterHedge(this::onHedgeOver);
      }
    }

    private synchronized void onHedgeOver() {
      answer.complete(best());
    }

    /** A node that has not answered counts as UNKNOWN for every item. */
    private List<SubmissionOutcome> best() {
      int items = submission.items().size();
      List<List<SubmissionOutcome>> all = new ArrayList<>(answers);
      if (all.size() < members.size()) {
        all.add(Collections.nCopies(items, SubmissionOutcome.UNKNOWN));
      }
      return IntStream.range(0, items)
          .mapToObj(item -> all.stream().map(o -> o.get(item)).min(BEST_FIRST).orElseThrow())
          .toList();
    }
  }
}
