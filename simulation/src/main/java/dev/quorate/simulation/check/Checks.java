/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Watches a whole run. It knows who is honest, and remembers by itself what was voted, granted,
 * intended, signed and submitted; it never asks the code under test whether something is right.
 *
 * <p>An operator is <i>sound</i> unless it lies or was restored from a backup: one that forgot may
 * contradict itself, and counts among the f.
 */
public final class Checks {
  private record VoteKey(int operator, DutyId duty, VoteKind kind, int round) {}

  private record OfOperator<T>(int operator, T what) {}

  /** What one life of an operator's entity was granted. */
  private record Grant(int operator, Bytes activation, Bytes32 root) {}

  private record Ballot(DutyId duty, int round, Bytes32 value) {}

  private record Signed(DutyId duty, long source, long target, Bytes32 root) {
    /** Casper FFG's two conditions: a double vote, or one vote surrounds the other. */
    boolean isSlashableWith(Signed other) {
      return (target == other.target && !root.equals(other.root))
          || (source < other.source && other.target < target)
          || (other.source < source && target < other.target);
    }
  }

  private final int operators;
  private final int threshold;
  private final int faulty;
  private final Set<Integer> liars;

  private final Map<VoteKey, Vote> votes = new HashMap<>();
  private final Set<Vote> cast = new HashSet<>();
  private final Map<DutyId, Signed> decided = new HashMap<>();
  private final Map<DutyId, Value> values = new HashMap<>();
  private final Map<DutyId, Bytes32> outcomes = new HashMap<>();
  private final Map<Bytes32, Signed> messages = new HashMap<>();
  private final Map<DutyId, Map<Checkpoints, Set<Integer>>> said = new HashMap<>();
  private final Map<Ballot, Set<Integer>> commits = new HashMap<>();
  private final Set<Bytes32> committed = new HashSet<>();
  private final Set<Grant> granted = new HashSet<>();
  private final Map<OfOperator<DutyId>, Bytes32> signedRoots = new HashMap<>();
  private final Set<OfOperator<Bytes32>> intended = new HashSet<>();
  private final Set<OfOperator<Bytes>> shared = new HashSet<>();
  private final Map<OfOperator<DutyId>, Bytes> completed = new HashMap<>();
  private final Map<Integer, List<Signed>> signed = new HashMap<>();
  private final Map<Signed, Set<Integer>> signers = new LinkedHashMap<>();
  private final Map<OfOperator<DutyId>, DutyOutcome.Broadcast> broadcast = new HashMap<>();

  /** What is completed and no beacon node has answered yet. */
  private final Set<OfOperator<DutyId>> owed = new HashSet<>();

  /**
   * @param liars operators that lie
   */
  public Checks(int operators, int threshold, int faulty, Set<Integer> liars) {
    this.operators = operators;
    this.threshold = threshold;
    this.faulty = faulty;
    this.liars = Set.copyOf(liars);
  }

  /** Each honest operator signs one of two conflicting messages, each faulty one both. */
  public void requireSoundThreshold() {
    if (2 * threshold <= operators + faulty) {
      throw new Broken(
          Invariant.GROUP_UNSLASHABLE,
          "threshold %d of %d operators, %d faulty".formatted(threshold, operators, faulty));
    }
  }

  /** ceil(2n/3), in words of its own. */
  private int quorum() {
    return operators - operators / 3;
  }

  // ---- what is agreed

  /** An own beacon node of an honest operator would have it sign this. */
  public void beaconNodeSaid(int operator, DutyId duty, Value value) {
    said.computeIfAbsent(duty, _ -> new HashMap<>())
        .computeIfAbsent(Checkpoints.of(value), _ -> new HashSet<>())
        .add(operator);
  }

  public void voted(int operator, Vote vote) {
    cast.add(vote);
    if (vote.kind() == VoteKind.COMMIT) {
      Set<Integer> senders =
          commits.computeIfAbsent(
              new Ballot(vote.duty(), vote.round(), vote.value()), _ -> new HashSet<>());
      senders.add(operator);
      // With all liars' help.
      if (senders.size() + liars.size() >= quorum()) {
        committed.add(vote.value());
      }
    }
    if (liars.contains(operator)) {
      return;
    }
    Vote before =
        votes.putIfAbsent(new VoteKey(operator, vote.duty(), vote.kind(), vote.round()), vote);
    if (before != null && !before.equals(vote)) {
      throw new Broken(Invariant.ONE_VOTE, before + ", then " + vote);
    }
  }

  /** An honest operator takes a message in, verified. */
  public void believed(DutyMessage message) {
    if (message instanceof DutyMessage.Agreement(QbftMessage agreement)) {
      switch (agreement) {
        case QbftMessage.Cast vote -> {
          believed(vote.signed());
          vote.justification().forEach(this::believed);
        }
        case QbftMessage.Decided proven -> proven.decision().commits().forEach(this::believed);
      }
    }
  }

  private void believed(SignedVote signedVote) {
    Vote vote = signedVote.vote();
    if (!liars.contains(vote.sender()) && !cast.contains(vote)) {
      throw new Broken(Invariant.NOTHING_FORGED, vote + " was never cast");
    }
  }

  /** An operator holds something for decided, and asks whether it may be signed. */
  public void decided(int operator, DutyId duty, Signable signable) {
    Signed now = new Signed(duty, signable.source(), signable.target(), signable.root());
    Signed before = decided.putIfAbsent(duty, now);
    if (before != null && !before.equals(now)) {
      throw new Broken(
          Invariant.AGREEMENT,
          "operator %d holds %s, another one %s".formatted(operator, now, before));
    }
    messages.put(signable.root(), now);
  }

  /** An operator asks for an event to be durable. */
  public void persists(int operator, DutyEvent event) {
    switch (event) {
      case DutyEvent.Intended intended -> decidedValue(operator, intended.duty(), intended.value());
      case DutyEvent.Completed done ->
          done.value().ifPresent(value -> decidedValue(operator, done.duty(), value));
      case DutyEvent.Decided decision -> decidedValue(operator, decision.duty(), decision.value());
      case DutyEvent.Shared _, DutyEvent.Failed _ -> {}
    }
  }

  private void decidedValue(int operator, DutyId duty, Value value) {
    Value before = values.putIfAbsent(duty, value);
    if (before != null && !before.equals(value)) {
      throw new Broken(
          Invariant.AGREEMENT,
          "operator %d decides %s in %s, another one %s"
              .formatted(operator, value.hash(), duty, before.hash()));
    }
    if (!committed.contains(value.hash())) {
      throw new Broken(
          Invariant.UNDECIDED_UNSIGNED,
          "operator %d goes by %s in %s, for which no quorum sent COMMITs"
              .formatted(operator, value.hash(), duty));
    }
    Checkpoints checkpoints = Checkpoints.of(value);
    int sayers = said.getOrDefault(duty, Map.of()).getOrDefault(checkpoints, Set.of()).size();
    if (sayers < quorum() - liars.size()) {
      throw new Broken(
          Invariant.VALIDITY,
          "beacon nodes of %d operators said %s".formatted(sayers, checkpoints));
    }
  }

  /** Somebody is named as one that voted twice, or sent a wrong partial signature. */
  public void blamed(int by, int operator, String forWhat) {
    if (!liars.contains(operator)) {
      throw new Broken(
          Invariant.NO_FALSE_BLAME, "operator %d says of %d: %s".formatted(by, operator, forWhat));
    }
  }

  // ---- what is signed

  /**
   * The guard's grant is durable.
   *
   * @param activation of the entity that asked
   * @param currentEpoch of the world, not of the operator's clock
   */
  public void granted(
      int operator, Bytes activation, DutyId duty, Signable signable, long currentEpoch) {
    granted.add(new Grant(operator, activation, signable.root()));
    long highestSource =
        said.getOrDefault(duty, Map.of()).keySet().stream()
            .mapToLong(Checkpoints::source)
            .max()
            .orElse(-1);
    if (signable.target() > currentEpoch + 1 || signable.source() > highestSource) {
      throw new Broken(
          Invariant.WATERMARK_NOT_BEYOND,
          "operator %d signs source %d and target %d in epoch %d"
              .formatted(operator, signable.source(), signable.target(), currentEpoch));
    }
  }

  /** An event is forced to disk. */
  public void durable(int operator, DutyEvent event) {
    switch (event) {
      case DutyEvent.Intended(_, _, Signable signable, _, _) ->
          intended.add(new OfOperator<>(operator, signable.root()));
      case DutyEvent.Shared(_, Bytes signature, _) ->
          shared.add(new OfOperator<>(operator, signature));
      case DutyEvent.Completed done -> {
        OfOperator<DutyId> key = new OfOperator<>(operator, done.duty());
        completed.put(key, done.signature());
        owed.add(key);
        done.culprits().forEach(culprit -> blamed(operator, culprit, "a wrong partial signature"));
      }
      // Nothing was signed, and nobody is blamed.
      case DutyEvent.Decided _ -> {}
      case DutyEvent.Failed failed ->
          failed.culprits().forEach(one -> blamed(operator, one, "a wrong partial signature"));
    }
  }

  public void signs(int operator, Bytes activation, DutyId duty, Bytes32 signedRoot) {
    Bytes32 first = signedRoots.putIfAbsent(new OfOperator<>(operator, duty), signedRoot);
    if (first != null && !first.equals(signedRoot) && !liars.contains(operator)) {
      throw new Broken(Invariant.ONE_SIGNATURE, "operator %d in %s".formatted(operator, duty));
    }
    if (!intended.contains(new OfOperator<>(operator, signedRoot))) {
      throw new Broken(Invariant.INTENT_FIRST, "operator %d in %s".formatted(operator, duty));
    }
    if (!granted.contains(new Grant(operator, activation, signedRoot))) {
      throw new Broken(Invariant.GUARD_FIRST, "operator %d in %s".formatted(operator, duty));
    }
    Signed now = messages.get(signedRoot);
    if (now == null || !now.equals(decided.get(duty))) {
      throw new Broken(Invariant.UNDECIDED_UNSIGNED, "operator %d in %s".formatted(operator, duty));
    }
    List<Signed> earlier = signed.computeIfAbsent(operator, _ -> new ArrayList<>());
    if (!liars.contains(operator)) {
      for (Signed before : earlier) {
        if (before.isSlashableWith(now)) {
          throw new Broken(
              Invariant.EIP_3076, "operator %d: %s and %s".formatted(operator, before, now));
        }
      }
    }
    earlier.add(now);
    signers.computeIfAbsent(now, _ -> new HashSet<>()).add(operator);
    if (couldBeOfTheGroup(now)) {
      signers.keySet().stream()
          .filter(other -> other.isSlashableWith(now) && couldBeOfTheGroup(other))
          .findFirst()
          .ifPresent(other -> {
            throw new Broken(Invariant.GROUP_UNSLASHABLE, other + " and " + now);
          });
    }
  }

  /** With all liars' help. */
  private boolean couldBeOfTheGroup(Signed message) {
    Set<Integer> all = new HashSet<>(signers.getOrDefault(message, Set.of()));
    all.addAll(liars);
    return all.size() >= threshold;
  }

  /** A partial signature leaves an honest operator. */
  public void sendsShare(int operator, DutyId duty, Bytes signature) {
    if (!shared.contains(new OfOperator<>(operator, signature))) {
      throw new Broken(Invariant.SHARE_FIRST, "operator %d in %s".formatted(operator, duty));
    }
  }

  // ---- what becomes of it

  /**
   * @param value that the signature is said to be over
   * @param isOfGroup whether it is the group's over the value's root
   */
  public void submits(int operator, DutyId duty, Value value, Bytes signature, boolean isOfGroup) {
    OfOperator<DutyId> key = new OfOperator<>(operator, duty);
    if (!Optional.of(signature).equals(Optional.ofNullable(completed.get(key)))) {
      throw new Broken(Invariant.COMPLETION_FIRST, "operator %d in %s".formatted(operator, duty));
    }
    if (!isOfGroup || !value.equals(values.get(duty))) {
      throw new Broken(Invariant.VERIFIED_ONLY, "operator %d in %s".formatted(operator, duty));
    }
  }

  /** A beacon node said what became of it. */
  public void answered(int operator, DutyId duty) {
    owed.remove(new OfOperator<>(operator, duty));
  }

  /** An operator's database is an older one: it cannot owe what it does not know. */
  public void restored(int operator) {
    owed.removeIf(key -> key.operator() == operator);
  }

  public void reported(int operator, DutyId duty, DutyOutcome outcome) {
    outcome
        .decided()
        .ifPresent(hash -> {
          Bytes32 before = outcomes.putIfAbsent(duty, hash);
          if (before != null && !before.equals(hash)) {
            throw new Broken(
                Invariant.AGREEMENT,
                "operator %d reports %s in %s, another one %s"
                    .formatted(operator, hash, duty, before));
          }
        });
    if (outcome instanceof DutyOutcome.Broadcast success) {
      broadcast.put(new OfOperator<>(operator, duty), success);
    }
  }

  /** At the end: a duty that was still open when the faults were over. */
  public void requireSubmission(int operator, DutyId duty) {
    if (owed.contains(new OfOperator<>(operator, duty))) {
      throw new Broken(Invariant.BROADCAST, "operator %d in %s".formatted(operator, duty));
    }
  }

  /** At the end: a duty that began after the faults were over. */
  public void requireLiveness(int operator, DutyId duty) {
    DutyOutcome.Broadcast success = broadcast.get(new OfOperator<>(operator, duty));
    if (success == null || success.round() > faulty + 2) {
      throw new Broken(
          Invariant.LIVENESS,
          "operator %d in %s: %s"
              .formatted(operator, duty, success == null ? "nothing was broadcast" : success));
    }
  }
}
