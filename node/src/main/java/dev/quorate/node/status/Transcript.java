/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.Explainer;
import dev.quorate.http.view.ExplanationView;
import dev.quorate.http.view.ValidatorView;
import dev.quorate.node.process.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** How a duty went, as a text for people. Instants are told from the begin of the slot on. */
final class Transcript {
  /** 0x and eight digits: enough to tell the values of one duty apart. */
  private static final int HASH_CHARS = 10;

  private record Line(long atMillis, String what) {}

  private final ExplanationView told;
  private final ValidatorView.Duty duty;
  private final List<Line> lines = new ArrayList<>();

  private Transcript(ExplanationView told) {
    this.told = told;
    this.duty = told.duty();
  }

  static String of(ExplanationView told) {
    Transcript transcript = new Transcript(told);
    return transcript.heading() + "\n" + transcript.course() + transcript.findings();
  }

  private String heading() {
    return new Table("duty", duty.duty() + ": " + outcome())
        .row("validator", "position " + told.validator() + ", " + told.publicKey())
        .row("operator", name(told.operator()))
        .row(
            "slot",
            "begins %s, due at %d ms, worth nothing after %s"
                .formatted(
                    Explainer.utc(told.startMillis()),
                    told.dueMillis() - told.startMillis(),
                    Explainer.utc(told.deadlineMillis())))
        .row(
            "decided",
            told.value().orElse("nothing that is on record")
                + told.signed()
                    .filter(_ -> duty.duty().startsWith("attester/"))
                    .map(signed ->
                        ", source epoch %d, target epoch %d"
                            .formatted(signed.source(), signed.target()))
                    .orElse(""))
        .toString();
  }

  private String outcome() {
    return duty.progress()
        + duty.reason()
            .or(() -> duty.submission().map(ValidatorView.Submission::outcome))
            .map(why -> ", " + why)
            .orElse("");
  }

  // ---- what has an instant

  private Table course() {
    at(duty.startedAtMillis(), "own data came");
    at(duty.proposedAtMillis(), "a new value was seen proposed, the last one");
    duty.ownVotes()
        .forEach(vote ->
            at(
                OptionalLong.of(vote.atMillis()),
                "own vote in round %d: %s for %s"
                    .formatted(vote.round(), vote.kind(), shortened(vote.value()))));
    at(
        duty.decidedAtMillis(),
        "decided in round %s, led by %s, by COMMITs of %s"
            .formatted(
                duty.round().isPresent() ? duty.round().getAsInt() : "?",
                leader(),
                names(duty.voters())));
    at(duty.sharedAtMillis(), "own partial signature made");
    duty.partials()
        .forEach(partial ->
            at(
                OptionalLong.of(partial.atMillis()),
                "partial signature of "
                    + name(partial.operator())
                    + (partial.late() ? ", late: the group's was durable" : "")));
    at(
        duty.completedAtMillis(),
        "the group's signature complete, of partial signatures of " + names(duty.signers()));
    duty.submission()
        .ifPresent(submission ->
            at(
                OptionalLong.of(submission.atMillis()),
                "beacon nodes said: " + submission.outcome()));
    at(duty.missedAtMillis(), "given up: " + duty.reason().orElse(""));
    lines.sort(Comparator.comparingLong(Line::atMillis));
    Table table = new Table("since begin", "at", "what");
    lines.forEach(line ->
        table.row(
            line.atMillis() - told.startMillis() + " ms",
            Explainer.utc(line.atMillis()),
            line.what()));
    return table;
  }

  private void at(OptionalLong millis, String what) {
    millis.ifPresent(at -> lines.add(new Line(at, what)));
  }

  // ---- what has none

  private Table findings() {
    Table table = new Table("", ""); // an empty line
    if (duty.decidedAtMillis().isEmpty() && duty.round().isPresent()) {
      table.row(
          "undecided",
          "the last round entered was %d, led by %s".formatted(duty.round().getAsInt(), leader()));
    }
    duty.doubleVotes()
        .forEach(pair ->
            table.row(
                "voted twice",
                "%s, %s in round %d: for %s and for %s"
                    .formatted(
                        name(pair.operator()),
                        pair.kind(),
                        pair.round(),
                        shortened(pair.first()),
                        shortened(pair.second()))));
    if (!duty.culprits().isEmpty()) {
      table.row("wrong", "partial signatures of " + names(duty.culprits()));
    }
    if (!told.silent().isEmpty()) {
      table.row("never came", "partial signatures of " + names(told.silent()));
    }
    if (!told.atFault().isEmpty()) {
      table.row("at fault", names(told.atFault()));
    }
    told.inclusion().ifPresent(inclusion -> table.row("chain", inclusion(inclusion)));
    told.refusal().ifPresent(refusal -> reason(table, "own refusal", refusal));
    told.why()
        .ifPresent(why ->
            reason(table, duty.reason().isPresent() ? "missed because" : "own refusal", why));
    end(table);
    if (told.deletedBeforeMillis().orElse(Long.MIN_VALUE) > told.startMillis()) {
      table.row(
          "deleted",
          "rows before %s are, and what they told of this duty"
              .formatted(Explainer.utc(told.deletedBeforeMillis().getAsLong())));
    }
    return table;
  }

  private static void reason(Table table, String label, ExplanationView.Why why) {
    table.row(label, why.reason() + ": " + why.meaning()).row("what to do", why.remedy());
  }

  /** Of a duty whose end the journal does not tell. */
  private void end(Table table) {
    boolean isOpen = told.toldAtMillis() < told.deadlineMillis();
    switch (duty.progress()) {
      case "INTENDED" ->
          table.row(
              "end",
              isOpen
                  ? "not yet: it is under way until its deadline"
                  : "none on record: this operator stopped during the duty, and has not been up"
                      + " since; once it is, the end is on record as INTERRUPTED");
      case "COMPLETED" ->
          table.row(
              "end",
              "what beacon nodes said of the signature is not on record: the validator's next row"
                  + " tells it, unless this operator stopped before it was written");
      default -> {}
    }
  }

  // ---- short forms

  static String inclusion(String name) {
    return switch (Inclusion.valueOf(name)) {
      case INCLUDED -> "on chain";
      case NOT_INCLUDED -> "not on chain";
    };
  }

  private String leader() {
    return duty.leader().isPresent() ? name(duty.leader().getAsInt()) : "?";
  }

  private String names(List<Integer> positions) {
    return positions.isEmpty()
        ? "nobody"
        : positions.stream().map(this::name).collect(Collectors.joining(", "));
  }

  private String name(int position) {
    String name =
        position < told.operators().size()
            ? told.operators().get(position)
            : "operator " + position;
    return position == told.operator() ? name + " (this one)" : name;
  }

  private static String shortened(String hash) {
    return hash.length() > HASH_CHARS ? hash.substring(0, HASH_CHARS) + "…" : hash;
  }
}
