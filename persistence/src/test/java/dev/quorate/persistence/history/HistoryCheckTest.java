/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import static dev.quorate.persistence.history.Journals.attested;
import static dev.quorate.persistence.history.Journals.attestedFrom;
import static dev.quorate.persistence.history.Journals.behind;
import static dev.quorate.persistence.history.Journals.completed;
import static dev.quorate.persistence.history.Journals.duty;
import static dev.quorate.persistence.history.Journals.history;
import static dev.quorate.persistence.history.Journals.intended;
import static dev.quorate.persistence.history.Journals.joined;
import static dev.quorate.persistence.history.Journals.rows;
import static dev.quorate.persistence.history.Journals.shared;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.HistoryCheck.Checked;
import dev.quorate.persistence.history.HistoryCheck.Finding;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import dev.quorate.persistence.history.SigningHistory.Subject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryCheckTest {
  private static final Subject SUBJECT =
      new Subject(TestDatabase.IDENTITY, Bytes.wrap(new byte[48]), Bytes.fromHex("11".repeat(48)));

  /** Whose signatures these are is the verifier's business, which is tested elsewhere. */
  private static Checked check(SigningHistory history) {
    return HistoryCheck.check(history, (_, _, _) -> true);
  }

  private static Checked check(List<DutyEvent> events) {
    return check(history(SUBJECT, events));
  }

  private static void assertFound(Checked checked, long sequence, String... words) {
    assertThat(checked.findings()).hasSize(1);
    assertThat(checked.findings().getFirst().sequence()).isEqualTo(sequence);
    assertThat(checked.findings().getFirst().what()).contains(words);
  }

  // ---- what was authorised

  @Test
  void nothingIsWrongWithDutiesThatWentWell() {
    Checked checked = check(attestedFrom(1, 40));

    assertThat(checked.findings()).isEmpty();
    assertThat(checked.intents()).hasSize(40);
    assertThat(checked.hashes()).hasSize(121);
  }

  @ParameterizedTest
  @CsvSource({
    // The second epoch's attestation is of source 10, target 12, in the fourth event.
    "10, 12, other, true, has the target of the other",
    "9, 13, head, true, surrounds the other",
    "11, 11, head, true, is surrounded by the other",
    "10, 12, head, false, ''",
    "10, 13, head, false, ''",
    "11, 12, head, true, has the target of the other",
    "11, 13, head, false, ''",
    "9, 11, head, false, ''"
  })
  void noSecondMessageThatContradictsAnEarlierOneIsAuthorised(
      long source, long target, String head, boolean contradicts, String why) {
    List<DutyEvent> events =
        joined(
            joined(attested(3, 4, "head"), attested(10, 12, "head")),
            List.of(intended(source, target, head)));

    Checked checked = check(events);

    if (contradicts) {
      assertFound(checked, 7, "contradicts event 4, " + duty(12) + ": it " + why);
      assertThat(checked.findings().getFirst().duty()).contains(duty(target));
      assertThat(checked.findings().getFirst()).asString().startsWith("event 7, attester/");
    } else {
      assertThat(checked.findings()).isEmpty();
    }
  }

  @Test
  void aMessageContradictsWhatOnlyTheSnapshotRemembers() {
    SigningHistory whole = history(SUBJECT, joined(attestedFrom(1, 3), attested(2, 3, "other")));
    SigningHistory rest = behind(whole, 9);
    Row snapshot =
        new Row(9, EventCodec.encode(new EntitySnapshot(rest.anchor().hash(), attestedFrom(1, 3))));

    assertThat(check(rest).findings()).isEmpty();
    assertFound(check(with(rest, snapshot)), 10, "contradicts event 9, " + duty(3));
  }

  /** What it tells is in no hash. */
  @Test
  void aSnapshotVouchesForNoDutyThatBeganLater() {
    List<DutyEvent> events = joined(attestedFrom(1, 4), List.of(shared(20, "head")));
    SigningHistory rest = behind(history(SUBJECT, events), 9);
    List<DutyEvent> told = joined(attestedFrom(1, 3), List.of(intended(19, 20, "head")));
    Row snapshot = new Row(9, EventCodec.encode(new EntitySnapshot(rest.anchor().hash(), told)));

    assertFound(check(with(rest, snapshot)), 13, "a share of what was not intended");
  }

  @Test
  void anotherValueOfTheSameDutyIsFoundThoughItNamesTheSameRoot() {
    DutyEvent.Intended honest = intended(3, 4, "head");
    DutyEvent.Intended made =
        new DutyEvent.Intended(
            duty(4),
            intended(3, 4, "other").value(),
            honest.signable(),
            honest.trail(),
            honest.earlier());
    assertFound(check(List.of(honest, made)), 2, "contradicts event 1");
  }

  private static SigningHistory with(SigningHistory history, Row snapshot) {
    return new SigningHistory(
        history.subject(), Optional.of(snapshot), history.anchor(), history.rows(), history.head());
  }

  /** A made-up source would hide that it surrounds another. */
  @Test
  void anIntentWithAnotherSourceOrTargetThanItsValueIsFound() {
    DutyEvent.Intended honest = intended(3, 4, "head");
    for (Signable made :
        List.of(
            new Signable(honest.signable().root(), 2, 4),
            new Signable(honest.signable().root(), 3, 5))) {
      assertFound(
          check(
              List.of(
                  new DutyEvent.Intended(
                      duty(4), honest.value(), made, honest.trail(), honest.earlier()))),
          1,
          "its value does not ask to sign");
    }
    assertFound(
        check(
            List.of(
                new DutyEvent.Intended(
                    duty(5), honest.value(), honest.signable(), honest.trail(), honest.earlier()))),
        1,
        "its value does not ask to sign");
  }

  @Test
  void anIntentOfAnotherTypeSaysItsSlotAndABlockDoesSoToo() {
    for (DutyType type : DutyType.values()) {
      if (type != DutyType.ATTESTER && type.isSigned()) {
        assertThat(check(List.of(intendedOf(type, block(9), 0, 9))).findings()).isEmpty();
        for (DutyEvent made :
            List.of(intendedOf(type, block(9), 0, 8), intendedOf(type, block(9), 1, 9))) {
          assertFound(check(List.of(made)), 1, "its value does not ask to sign");
        }
      }
    }
    assertFound(
        check(List.of(intendedOf(DutyType.INFO_SYNC, new Value(Bytes.EMPTY), 0, 9))),
        1,
        "its value does not ask to sign");
    for (Value other : List.of(block(8), new Value(Bytes.EMPTY))) {
      assertFound(
          check(List.of(intendedOf(DutyType.PROPOSER, other, 0, 9))),
          1,
          "its value does not ask to sign");
    }
  }

  @Test
  void aBlockThatTheRowOnlyNamesIsTakenAsItSays() {
    Value named = Value.named(Bytes32.sha256(new byte[] {9}));
    assertThat(check(List.of(intendedOf(DutyType.PROPOSER, named, 0, 9))).findings()).isEmpty();
    assertFound(
        check(List.of(intendedOf(DutyType.PROPOSER, named, 0, 8))),
        1,
        "its value does not ask to sign");
  }

  private static DutyEvent intendedOf(DutyType type, Value value, long source, long target) {
    DutyEvent.Intended of = intended(3, 4, "head");
    return new DutyEvent.Intended(
        new DutyId(type, 9, 0, 0),
        value,
        new Signable(Bytes32.ZERO, source, target),
        of.trail(),
        of.earlier());
  }

  private static Value block(int slot) {
    byte[] block = new byte[200];
    block[0] = (byte) slot;
    return new Proposal(Fork.CAPELLA, Proposal.Kind.FULL, Bytes.wrap(block)).value();
  }

  @Test
  void aSecondMessageOfOneSlotIsFoundWhateverItsTarget() {
    DutyEvent.Intended honest = intended(3, 4, "head");
    DutyEvent other =
        new DutyEvent.Intended(
            duty(4),
            honest.value(),
            new Signable(Bytes32.ZERO, 3, 5),
            honest.trail(),
            honest.earlier());

    assertThat(check(List.of(honest, other)).findings())
        .extracting(Finding::what)
        .anyMatch(what -> what.contains("another message of the same duty"));
  }

  // ---- what was signed

  @Test
  void aShareOrCompletionOfWhatWasNotIntendedIsFound() {
    assertFound(check(List.of(shared(4, "head"))), 1, "a share of what was not intended");
    assertFound(
        check(List.of(completed(4, Optional.empty(), "head"))),
        1,
        "a completion of what was not intended");
    // Who did not sign itself says what others did.
    Value value = intended(3, 4, "head").value();
    assertThat(check(List.of(completed(4, Optional.of(value), "head"))).findings()).isEmpty();
  }

  @Test
  void anIntentMayBeBeforeTheAnchorForNoLongerThanADutyIsOpen() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 9));
    assertThat(check(behind(whole, 1)).findings()).isEmpty();

    List<DutyEvent> later = joined(attestedFrom(2, 3), List.of(shared(5, "head")));
    Point anchor = whole.rows().getFirst().point();
    assertFound(check(history(SUBJECT, anchor, rows(anchor, later))), 8, "a share of what was not");
  }

  @Test
  void anIntentOfWhatIsDoneAheadMayBeSoMuchEarlier() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 9));
    Point anchor = whole.rows().getFirst().point();
    for (long target = 5; target <= 7; target++) {
      DutyEvent selection =
          new DutyEvent.Shared(
              duty(target).sibling(DutyType.PREPARE_AGGREGATOR), Bytes.wrap(new byte[192]), target);
      List<DutyEvent> later = joined(attestedFrom(2, 3), List.of(selection));
      Checked checked = check(history(SUBJECT, anchor, rows(anchor, later)));
      // The first event may be of two epochs ago, and the selection of two epochs ahead.
      if (target <= 2 + 4) {
        assertThat(checked.findings()).isEmpty();
      } else {
        assertFound(checked, 8, "a share of what was not");
      }
    }
  }

  @Test
  void aCompletionOfAnotherValueThanWasIntendedIsFound() {
    Value other = intended(3, 4, "other").value();

    assertFound(
        check(List.of(intended(3, 4, "head"), completed(4, Optional.of(other), "head"))),
        2,
        "a completion of another value than event 1 intended");
  }

  @Test
  void aSecondShareOrCompletionThatIsNotTheFirstIsFound() {
    List<DutyEvent> once = attested(3, 4, "head");
    assertFound(check(joined(once, List.of(shared(4, "other")))), 4, "a second share");
    assertFound(
        check(joined(once, List.of(completed(4, Optional.empty(), "other")))),
        4,
        "a second completion");
  }

  @Test
  void signaturesAreVerifiedUnderTheirKeysOverWhatWasIntended() {
    DutyEvent.Intended intent = intended(3, 4, "head");
    List<Bytes> keys = new ArrayList<>();

    Checked checked =
        HistoryCheck.check(
            history(SUBJECT, attested(3, 4, "head")),
            (key, root, signature) -> {
              assertThat(root).isEqualTo(intent.signable().root());
              keys.add(key);
              return signature.size() != 192;
            });

    assertThat(keys).containsExactly(SUBJECT.share(), SUBJECT.validator());
    assertFound(checked, 2, "a share whose signature is not of what event 1 intended");
  }

  // ---- the chain

  @Test
  void aRemovedEventIsFound() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 3));
    for (int at = 0; at < whole.rows().size(); at++) {
      List<Row> rows = new ArrayList<>(whole.rows());
      rows.remove(at);
      assertThat(check(withRows(whole, rows)).findings()).as("without %d", at).isNotEmpty();
    }
  }

  @Test
  void aRepeatedEventIsFound() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 3));
    for (int at = 0; at < whole.rows().size(); at++) {
      List<Row> rows = new ArrayList<>(whole.rows());
      rows.add(at, rows.get(at));
      assertThat(check(withRows(whole, rows)).findings()).as("twice %d", at).isNotEmpty();
    }
  }

  @Test
  void swappedEventsAreFoundThoughTheyAreNumberedAnew() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 3));
    for (int at = 1; at < whole.rows().size(); at++) {
      List<Row> rows = new ArrayList<>(whole.rows());
      Collections.swap(rows, at - 1, at);
      assertThat(check(withRows(whole, rows)).findings()).as("swapped %d", at).isNotEmpty();
      rows.set(at - 1, new Row(at, rows.get(at - 1).encoded()));
      rows.set(at, new Row(at + 1, rows.get(at).encoded()));
      assertThat(check(withRows(whole, rows)).findings())
          .as("numbered anew %d", at)
          .extracting(Finding::what)
          .anyMatch(what -> what.contains(" follows "));
    }
  }

  private static SigningHistory withRows(SigningHistory whole, List<Row> rows) {
    return new SigningHistory(
        whole.subject(), whole.snapshot(), whole.anchor(), rows, whole.head());
  }

  @Test
  void anEventThatIsNoneIsFoundAndTheRestIsStillJudged() {
    SigningHistory whole = history(SUBJECT, joined(attestedFrom(1, 3), List.of(shared(9, "head"))));
    List<Row> rows = new ArrayList<>(whole.rows());
    rows.set(1, new Row(2, Bytes.fromHex("00")));

    assertThat(check(withRows(whole, rows)).findings())
        .extracting(Finding::sequence)
        .containsExactly(2L, 3L, 10L);
  }

  @Test
  void anAnchorHeadOrSnapshotOfAnotherHistoryIsFound() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 3));
    Point head = whole.head();
    assertFound(
        check(
            new SigningHistory(
                SUBJECT,
                Optional.empty(),
                whole.anchor(),
                whole.rows(),
                new Point(9, Bytes32.ZERO))),
        9,
        "the head has the hash");
    assertFound(
        check(
            new SigningHistory(
                SUBJECT,
                Optional.empty(),
                new Point(0, head.hash()),
                List.of(),
                new Point(0, head.hash()))),
        0,
        "before the first event there is none");
    Bytes snapshot = EventCodec.encode(new EntitySnapshot(head.hash(), List.of()));
    assertThat(check(with(whole, new Row(9, snapshot))).findings()).isEmpty();
    assertFound(check(with(whole, new Row(8, snapshot))), 8, "the snapshot has the hash");
    assertFound(check(with(whole, new Row(10, snapshot))), 10, "the events end with event 9");
    assertFound(
        check(with(whole, new Row(9, Bytes.fromHex("00")))), 9, "the snapshot cannot be read");
  }

  // ---- two files

  private static final SigningHistory EARLIER = history(SUBJECT, attestedFrom(1, 4));

  @Test
  void aLaterFileGoesOnFromAnEarlierOne() {
    SigningHistory whole = history(SUBJECT, attestedFrom(1, 9));
    for (SigningHistory later : List.of(whole, behind(whole, 5), behind(whole, 12), EARLIER)) {
      assertThat(HistoryCheck.differences(check(EARLIER), check(later))).isEmpty();
      assertThat(HistoryCheck.missing(check(EARLIER), check(later))).isEmpty();
    }
  }

  @Test
  void whatWasDeletedBetweenTwoFilesIsToldAsMissing() {
    Checked later = check(behind(history(SUBJECT, attestedFrom(1, 9)), 13));

    assertThat(HistoryCheck.differences(check(EARLIER), later)).isEmpty();
    assertThat(HistoryCheck.missing(check(EARLIER), later)).isEqualTo(OptionalLong.of(13));
  }

  @Test
  void filesThatTellDifferentHistoriesPartWhereTheyFirstDiffer() {
    SigningHistory other = history(SUBJECT, joined(attestedFrom(1, 3), attestedFrom(5, 9)));

    List<Finding> findings = HistoryCheck.differences(check(EARLIER), check(other));

    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().sequence()).isEqualTo(10);
    assertThat(findings.getFirst().what()).contains("restored from a backup");
  }

  @Test
  void filesThatPartMayContradictEachOtherBesides() {
    SigningHistory other = history(SUBJECT, joined(attestedFrom(1, 3), attested(3, 4, "other")));

    assertThat(HistoryCheck.differences(check(EARLIER), check(other)))
        .extracting(Finding::sequence)
        .containsExactly(10L, 10L);
  }

  @Test
  void messagesOfTwoFilesContradictEachOtherThoughEventsAreMissingBetween() {
    SigningHistory whole =
        history(SUBJECT, joined(attestedFrom(1, 6), attested(1, 7, "surrounds")));

    List<Finding> findings = HistoryCheck.differences(check(EARLIER), check(behind(whole, 18)));

    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().sequence()).isEqualTo(19);
    assertThat(findings.getFirst().duty()).contains(duty(7));
    assertThat(findings.getFirst().what()).contains("surrounds the other");
  }

  @Test
  void aJournalThatWentBackIsFound() {
    List<Finding> findings = HistoryCheck.differences(check(EARLIER), check(attestedFrom(1, 3)));

    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().sequence()).isEqualTo(9);
    assertThat(findings.getFirst().what()).contains("went back");
  }

  /** As many as there may be, in an order in which no guard would grant them. */
  @Test
  @Timeout(60)
  void theLargestHistoryIsJudgedInBoundedTime() {
    List<DutyEvent> events = new ArrayList<>();
    for (long target = SigningHistory.EVENTS_MAX; target > 0; target--) {
      events.add(intended(target, target, "head"));
    }

    assertThat(check(events).findings()).isEmpty();
  }
}
