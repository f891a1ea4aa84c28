/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.http.view.ValidatorView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Tells from a validator's journal alone how its duties went. */
final class JournalTale {
  private final Map<DutyId, DutyEvent.Submission> submissions = new HashMap<>();
  private final Map<DutyId, List<ValidatorView.Partial>> late = new HashMap<>();

  private JournalTale(List<DutyEvent> events) {
    for (DutyEvent event : events) {
      for (DutyEvent.Submission told : event.earlier().submissions()) {
        submissions.put(told.duty(), told);
      }
      for (DutyEvent.LatePartial told : event.earlier().partials()) {
        late.computeIfAbsent(told.duty(), _ -> new ArrayList<>())
            .add(new ValidatorView.Partial(told.operator(), told.atMillis(), true));
      }
    }
  }

  /** The latest duty first. */
  static List<ValidatorView.Duty> of(DutyLedger ledger) {
    JournalTale tale = new JournalTale(ledger.events());
    return ledger.duties().entrySet().stream()
        .sorted(Map.Entry.<DutyId, List<DutyEvent>>comparingByKey(Comparator.reverseOrder()))
        .map(duty -> tale.tell(duty.getKey(), duty.getValue()))
        .toList();
  }

  static ValidatorView.Duty of(JournalExcerpt excerpt) {
    return new JournalTale(excerpt.rows())
        .tell(
            excerpt.duty(),
            excerpt.rows().stream().filter(row -> row.duty().equals(excerpt.duty())).toList());
  }

  private ValidatorView.Duty tell(DutyId duty, List<DutyEvent> rows) {
    Optional<DutyEvent.Shared> shared = Optional.empty();
    Optional<DutyEvent.Completed> completed = Optional.empty();
    Optional<DutyEvent.Failed> failed = Optional.empty();
    boolean decided = false;
    List<Trail> trails = new ArrayList<>();
    for (DutyEvent row : rows) {
      switch (row) {
        case DutyEvent.Intended intended -> {
          // What was taken away before was given back.
          failed = Optional.empty();
          trails.add(intended.trail());
        }
        case DutyEvent.Shared share -> shared = Optional.of(share);
        case DutyEvent.Completed done -> {
          failed = Optional.empty();
          completed = Optional.of(done);
          trails.add(done.trail());
        }
        case DutyEvent.Decided decision -> {
          failed = Optional.empty();
          decided = true;
          trails.add(decision.trail());
        }
        case DutyEvent.Failed miss -> {
          failed = Optional.of(miss);
          trails.add(miss.trail());
        }
      }
    }
    // No row says again what an earlier one of its duty said.
    Trail trail = trails.stream().filter(one -> one.round() > 0).findFirst().orElse(Trail.NONE);
    Optional<DutyEvent.Submission> submission = Optional.ofNullable(submissions.get(duty));
    return new ValidatorView.Duty(
        duty.toString(),
        DutyRecords.typeOf(duty),
        duty.slot(),
        // Whose own rows are gone was completed once: a sequel is behind a completion.
        decided
            ? "DECIDED"
            : progress(submission, completed.isPresent() || rows.isEmpty(), failed.isPresent()),
        failed.map(row -> row.reason().name()),
        trails.stream().flatMap(one -> one.refusal().stream()).findFirst().map(Reason::name),
        trail.round() == 0 ? OptionalInt.empty() : OptionalInt.of(trail.round()),
        trail.leader().map(OptionalInt::of).orElse(OptionalInt.empty()),
        trail.voters(),
        trail.own().stream()
            .map(vote ->
                new ValidatorView.Vote(
                    vote.kind().name(), vote.round(), vote.value().toString(), vote.atMillis()))
            .toList(),
        trails.stream().flatMap(one -> one.evidence().stream()).map(JournalTale::tell).toList(),
        completed.map(DutyEvent.Completed::signers).orElse(List.of()),
        Stream.concat(
                completed.stream().flatMap(row -> row.culprits().stream()),
                failed.stream().flatMap(row -> row.culprits().stream()))
            .toList(),
        Stream.of(
                completed.stream().flatMap(row -> row.partials().stream()).map(JournalTale::tell),
                failed.stream().flatMap(row -> row.partials().stream()).map(JournalTale::tell),
                late.getOrDefault(duty, List.of()).stream())
            .flatMap(partials -> partials)
            .toList(),
        instant(trails, Trail::startedAtMillis),
        instant(trails, Trail::proposedAtMillis),
        instant(trails, Trail::decidedAtMillis),
        shared.map(row -> OptionalLong.of(row.atMillis())).orElse(OptionalLong.empty()),
        completed.map(row -> OptionalLong.of(row.atMillis())).orElse(OptionalLong.empty()),
        failed.map(row -> OptionalLong.of(row.atMillis())).orElse(OptionalLong.empty()),
        submission.map(
            told -> new ValidatorView.Submission(told.outcome().name(), told.atMillis())));
  }

  private static ValidatorView.DoubleVote tell(DutyEvent.DoubleVote pair) {
    return new ValidatorView.DoubleVote(
        pair.operator(),
        pair.kind().name(),
        pair.round(),
        pair.first().toString(),
        pair.second().toString());
  }

  private static ValidatorView.Partial tell(DutyEvent.Arrival partial) {
    return new ValidatorView.Partial(partial.operator(), partial.atMillis(), false);
  }

  private static String progress(
      Optional<DutyEvent.Submission> submission, boolean completed, boolean failed) {
    if (submission.filter(told -> told.outcome().isSuccess()).isPresent()) {
      return "BROADCAST";
    }
    if (failed) {
      return "MISSED";
    }
    return completed ? "COMPLETED" : "INTENDED";
  }

  /** The journal writes 0 for what did not happen. */
  private static OptionalLong instant(List<Trail> trails, ToLongFunction<Trail> millis) {
    return trails.stream().mapToLong(millis).filter(one -> one > 0).findFirst();
  }
}
