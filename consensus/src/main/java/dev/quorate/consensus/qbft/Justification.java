/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What makes a message believable: the predicates of QBFT, Algorithm 4, over the votes that a
 * message brings along. Each gives the votes that prove it, one per sender; whatever else was
 * offered (another duty, round or value, a second vote of one sender) is left out and never counts.
 */
final class Justification {
  private Justification() {}

  /** The part of its justification that {@code cast} stands on, or empty if it does not. */
  static Optional<List<SignedVote>> of(QbftInstance instance, Cast cast) {
    return switch (cast.signed().vote()) {
      case Vote.PrePrepare proposal -> ofPrePrepare(instance, proposal, cast.justification());
      case Vote.RoundChange change -> ofRoundChange(instance, change, cast);
      case Vote.Prepare _, Vote.Commit _ -> Optional.of(List.of());
    };
  }

  /** {@code decision} with nothing but the COMMITs that prove it, or empty if they do not. */
  static Optional<Decision> of(QbftInstance instance, Decision decision) {
    return quorum(
            instance,
            decision.commits(),
            vote ->
                vote.kind() == VoteKind.COMMIT
                    && vote.round() == decision.round()
                    && vote.value().equals(decision.value().hash()))
        .map(commits -> new Decision(decision.round(), decision.value(), commits));
  }

  // QBFT, Algorithm 4:3. A quorum of ROUND-CHANGEs holds one of an honest operator of every quorum
  // that may have committed before, so the highest prepared value among them is the only one that
  // can have been decided; if none had prepared, nothing was.
  private static Optional<List<SignedVote>> ofPrePrepare(
      QbftInstance instance, Vote.PrePrepare proposal, List<SignedVote> offered) {
    if (proposal.round() == 1) {
      return Optional.of(List.of());
    }
    // J1: nobody in the quorum was prepared.
    Optional<List<SignedVote>> unprepared =
        quorum(
            instance,
            offered,
            vote -> isChangeTo(proposal.round(), vote) && preparedOf(vote).isEmpty());
    if (unprepared.isPresent()) {
      return unprepared;
    }
    // J2: the proposal is what the highest in the quorum had prepared, and that is proven.
    return offered.stream()
        .map(SignedVote::vote)
        .filter(vote -> instance.concerns(vote) && isChangeTo(proposal.round(), vote))
        .flatMap(vote -> preparedOf(vote).stream())
        .filter(highest -> highest.value().equals(proposal.value()))
        .distinct()
        .flatMap(highest -> ofPrepared(instance, proposal, highest, offered).stream())
        .findFirst();
  }

  private static Optional<List<SignedVote>> ofPrepared(
      QbftInstance instance, Vote.PrePrepare proposal, Prepared highest, List<SignedVote> offered) {
    if (highest.round() >= proposal.round()) {
      return Optional.empty();
    }
    Optional<List<SignedVote>> changes =
        quorum(
            instance,
            offered,
            vote ->
                isChangeTo(proposal.round(), vote)
                    && preparedOf(vote)
                        .map(own -> own.round() < highest.round() || own.equals(highest))
                        .orElse(true));
    Optional<List<SignedVote>> prepares = quorum(instance, offered, isPrepareOf(highest));
    return changes.flatMap(
        some -> prepares.map(more -> Stream.concat(some.stream(), more.stream()).toList()));
  }

  // QBFT, Algorithm 4:1, asked of each ROUND-CHANGE by itself, so that the leader need not have
  // seen the PREPAREs that others saw. The value comes along, else the leader could not propose it.
  private static Optional<List<SignedVote>> ofRoundChange(
      QbftInstance instance, Vote.RoundChange change, Cast cast) {
    if (change.prepared().isEmpty()) {
      return Optional.of(List.of());
    }
    return change
        .prepared()
        .filter(prepared -> prepared.round() < change.round() && cast.value().isPresent())
        .flatMap(prepared -> quorum(instance, cast.justification(), isPrepareOf(prepared)));
  }

  private static boolean isChangeTo(int round, Vote vote) {
    return vote.kind() == VoteKind.ROUND_CHANGE && vote.round() == round;
  }

  private static Predicate<Vote> isPrepareOf(Prepared prepared) {
    return vote ->
        vote.kind() == VoteKind.PREPARE
            && vote.round() == prepared.round()
            && vote.value().equals(prepared.value());
  }

  private static Optional<Prepared> preparedOf(Vote vote) {
    return vote instanceof Vote.RoundChange change ? change.prepared() : Optional.empty();
  }

  /** One vote per sender of those that count, or empty if these are too few. */
  private static Optional<List<SignedVote>> quorum(
      QbftInstance instance, List<SignedVote> offered, Predicate<Vote> counts) {
    Map<Integer, SignedVote> bySender = new TreeMap<>();
    for (SignedVote signed : offered) {
      if (instance.concerns(signed.vote()) && counts.test(signed.vote())) {
        bySender.putIfAbsent(signed.vote().sender(), signed);
      }
    }
    return bySender.size() >= instance.quorum().size()
        ? Optional.of(List.copyOf(bySender.values()))
        : Optional.empty();
  }
}
