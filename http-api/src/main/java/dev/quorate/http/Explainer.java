/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.errand.InfoSync;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.JournalExcerpt.Place;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.view.ExplanationView;
import dev.quorate.http.view.ExplanationView.Why;
import dev.quorate.http.view.ValidatorView;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Tells how one duty went, from the journal alone but for what became of it on chain: the admin API
 * of a running pod, and the command that reads the database of one that is not.
 *
 * @param operators names, in the order of the cluster file
 * @param self position of this operator
 */
public record Explainer(List<String> operators, int self, Validators validators, SlotTimes times) {
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final Set<String> TOO_FEW_CAME =
      Set.of(Reason.TOO_FEW_PARTIALS.name(), Reason.NO_OWN_SHARE.name());

  public Explainer {
    operators = List.copyOf(operators);
  }

  /** An instant in words. */
  public static String utc(long unixMillis) {
    return UTC.format(Instant.ofEpochMilli(unixMillis));
  }

  /** The type of duty that is called so. */
  public static Optional<DutyType> type(String name) {
    return Stream.of(DutyType.values()).filter(type -> type.label().equals(name)).findFirst();
  }

  /** What to say of a name that none is called by. */
  public static String whyNoType(String name) {
    return name.equals(DutyType.DEPRECATED_LABEL) ? Reason.DEPRECATED_DUTY.meaning() : types();
  }

  /** What types of duty are called, with commas between. */
  public static String types() {
    return Stream.of(DutyType.values()).map(DutyType::label).collect(Collectors.joining(", "));
  }

  /**
   * Empty if no row tells of the duty; then {@link #whyNothing} says what is known instead.
   *
   * @param inclusion whether the chain has it; empty if that is not known
   * @param nowMillis Unix milliseconds
   */
  public Optional<ExplanationView> explain(
      JournalExcerpt excerpt, Optional<Inclusion> inclusion, long nowMillis) {
    if (excerpt.rows().isEmpty()) {
      return Optional.empty();
    }
    DutyId id = excerpt.duty();
    ValidatorView.Duty duty = JournalTale.of(excerpt);
    List<DutyEvent> own = excerpt.rows().stream().filter(row -> row.duty().equals(id)).toList();
    Optional<DutyEvent.Intended> intent =
        own.stream()
            .flatMap(row ->
                row instanceof DutyEvent.Intended intended ? Stream.of(intended) : Stream.empty())
            .findFirst();
    Optional<Why> refusal = duty.refusal().map(Explainer::why);
    Optional<Why> reason = duty.reason().map(Explainer::why);
    return Optional.of(
        new ExplanationView(
            duty,
            id.validator(),
            validators.key(id.validator()),
            self,
            operators,
            own.stream()
                .flatMap(row ->
                    switch (row) {
                      case DutyEvent.Intended intended -> Stream.of(intended.value());
                      case DutyEvent.Completed completed -> completed.value().stream();
                      case DutyEvent.Decided decided -> Stream.of(decided.value());
                      case DutyEvent.Shared _, DutyEvent.Failed _ -> Stream.empty();
                    })
                .reduce((_, later) -> later)
                .map(value -> value.hash().toString()),
            intent
                .map(DutyEvent.Intended::signable)
                .map(signable ->
                    new ExplanationView.Signed(
                        signable.root().toString(), signable.source(), signable.target())),
            silent(duty),
            atFault(own),
            inclusion.map(Inclusion::name),
            reason.or(() -> refusal),
            reason.isPresent() ? refusal : Optional.empty(),
            times.startMillis(id.slot()),
            times.dueMillis(id.type(), id.slot()),
            times.deadlineMillis(id.type(), id.slot()),
            excerpt
                .oldest()
                .filter(place -> place.number() > 1)
                .map(place -> OptionalLong.of(place.writtenAtMillis()))
                .orElse(OptionalLong.empty()),
            nowMillis));
  }

  /** Of the end that stands: what was taken away may have been given back. */
  private List<Integer> atFault(List<DutyEvent> own) {
    return !own.isEmpty() && own.getLast() instanceof DutyEvent.Failed failed
        ? new AtFault(operators.size(), self).of(failed)
        : List.of();
  }

  private static Why why(String name) {
    Reason reason = Reason.valueOf(name);
    return new Why(name, reason.meaning(), reason.remedy());
  }

  /** Whose came is on record once the signature was complete, or too few had come. */
  private List<Integer> silent(ValidatorView.Duty duty) {
    if (duty.completedAtMillis().isEmpty()
        && duty.reason().filter(TOO_FEW_CAME::contains).isEmpty()) {
      return List.of();
    }
    Set<Integer> came =
        Stream.of(
                duty.partials().stream().map(ValidatorView.Partial::operator),
                duty.signers().stream(),
                duty.sharedAtMillis().isPresent() ? Stream.of(self) : Stream.<Integer>empty())
            .flatMap(positions -> positions)
            .collect(Collectors.toSet());
    return IntStream.range(0, operators.size()).filter(one -> !came.contains(one)).boxed().toList();
  }

  /**
   * What can be said of a duty that no row tells of: how far back the journal reaches, what stands
   * around the gap, and what that means.
   *
   * @param nowMillis Unix milliseconds
   */
  public String whyNothing(JournalExcerpt excerpt, long nowMillis) {
    DutyId duty = excerpt.duty();
    return "the journal tells nothing of "
        + duty
        + ": "
        + meaning(excerpt, nowMillis)
        + excerpt
            .oldest()
            .map(oldest ->
                "; its oldest row is %s, the last before the slot %s, the first since then %s"
                    .formatted(
                        told(oldest),
                        excerpt.before().map(Explainer::told).orElse("none"),
                        excerpt.behind().map(Explainer::told).orElse("none")))
            .orElse("; it has no row of this validator");
  }

  private String meaning(JournalExcerpt excerpt, long nowMillis) {
    DutyId duty = excerpt.duty();
    long startMillis = times.startMillis(duty.slot());
    long deadlineMillis = times.deadlineMillis(duty.type(), duty.slot());
    Optional<DutyId> other =
        Stream.of(excerpt.before(), excerpt.behind())
            .flatMap(Optional::stream)
            .map(Place::duty)
            .filter(near -> isInstead(near, duty))
            .findFirst();
    if (nowMillis < startMillis) {
      return "its slot begins at " + utc(startMillis);
    }
    if (other.isPresent()) {
      return "a validator attests once an epoch, and in this one it was " + other.get();
    }
    if (!duty.type().isSigned() && duty.validator() != InfoSync.VALIDATOR) {
      return "operators agree in the journal of validator " + InfoSync.VALIDATOR;
    }
    if (nowMillis < deadlineMillis) {
      return "a duty has its first row once it is decided, or else at its deadline, "
          + utc(deadlineMillis)
          + "; ask again then";
    }
    if (excerpt.oldest().isPresent() && excerpt.before().isEmpty()) {
      return excerpt.oldest().get().number() > 1
          ? "rows so old are deleted (quorate.database.events-kept)"
          : "the journal begins later";
    }
    if (!duty.type().isSigned()) {
      return "it was not the last slot of an epoch, or this operator was not running, or had not"
          + " heard from a quorum that it agrees on features; its log of that time says which do";
    }
    return "the validator had no such duty in this slot, or this operator was not running, or no"
        + " beacon node told it of the duty; its log of that time says which";
  }

  private boolean isInstead(DutyId near, DutyId duty) {
    return switch (duty.type()) {
      case ATTESTER, PREPARE_AGGREGATOR, AGGREGATOR ->
          near.type() == duty.type()
              && near.slot() != duty.slot()
              && times.spec().epochOf(near.slot()) == times.spec().epochOf(duty.slot());
      case PROPOSER,
          EXIT,
          BUILDER_REGISTRATION,
          RANDAO,
          SYNC_MESSAGE,
          PREPARE_SYNC_CONTRIBUTION,
          SYNC_CONTRIBUTION,
          INFO_SYNC ->
          false;
    };
  }

  private static String told(Place place) {
    return "of " + place.duty() + ", written " + utc(place.writtenAtMillis());
  }
}
