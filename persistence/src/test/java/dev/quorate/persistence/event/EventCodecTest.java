/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyEvent.Arrival;
import dev.quorate.consensus.duty.DutyEvent.CastVote;
import dev.quorate.consensus.duty.DutyEvent.DoubleVote;
import dev.quorate.consensus.duty.DutyEvent.LatePartial;
import dev.quorate.consensus.duty.DutyEvent.Submission;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.event.proto.JournalProto;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EventCodecTest {
  private static final Bytes32 PREVIOUS = Bytes32.fromHex("ab".repeat(32));
  private static final DutyId DUTY = DutyId.attester(12_345, 7);
  private static final Bytes SIGNATURE = Bytes.fromHex("c0" + "00".repeat(95));
  private static final Bytes PARTIAL = Bytes.fromHex("40" + "00".repeat(191));
  private static final Bytes32 VALUE = Bytes32.fromHex("cd".repeat(32));
  private static final DutyId EARLIER = DutyId.attester(12_313, 7);
  private static final Submission SUBMISSION =
      new Submission(EARLIER, SubmissionOutcome.ALREADY_KNOWN, 1_700_000_000_001L);

  // What version 1 could say.
  private static final DutyEvent INTENDED_1 =
      new DutyEvent.Intended(
          DUTY,
          new Value(Bytes.fromHex("010203")),
          new Signable(Bytes32.fromHex("ee".repeat(32)), 384, 385),
          new Trail(
              1_700_000_000_000L,
              0,
              1_700_000_000_150L,
              2,
              Optional.empty(),
              List.of(0, 1, 3),
              List.of(
                  new CastVote(VoteKind.ROUND_CHANGE, 2, Bytes32.ZERO, 0),
                  new CastVote(VoteKind.COMMIT, 2, VALUE, 0)),
              List.of(),
              Optional.of(Reason.NO_OWN_DATA)),
          new Aftermath(List.of(SUBMISSION), List.of()));
  private static final DutyEvent SHARED = new DutyEvent.Shared(DUTY, PARTIAL, 1_700_000_000_160L);
  private static final DutyEvent COMPLETED_1 =
      new DutyEvent.Completed(
          DUTY,
          Optional.of(new Value(Bytes.EMPTY)),
          SIGNATURE,
          List.of(0, 2, 3),
          List.of(1),
          List.of(),
          Trail.NONE,
          Aftermath.NONE,
          1_700_000_000_170L);
  private static final DutyEvent FAILED_1 =
      new DutyEvent.Failed(
          DUTY,
          Reason.NO_QUORUM,
          List.of(),
          List.of(),
          Trail.NONE,
          Aftermath.NONE,
          1_700_000_004_000L);

  // What version 2 can say.
  private static final Aftermath AFTERMATH =
      new Aftermath(List.of(SUBMISSION), List.of(new LatePartial(EARLIER, 3, 1_700_000_000_002L)));
  private static final DutyEvent INTENDED =
      new DutyEvent.Intended(
          DUTY,
          new Value(Bytes.fromHex("010203")),
          new Signable(Bytes32.fromHex("ee".repeat(32)), 384, 385),
          new Trail(
              1_700_000_000_000L,
              1_700_000_000_010L,
              1_700_000_000_150L,
              2,
              Optional.of(0),
              List.of(0, 1, 3),
              List.of(
                  new CastVote(VoteKind.ROUND_CHANGE, 2, Bytes32.ZERO, 1_700_000_000_100L),
                  new CastVote(VoteKind.COMMIT, 2, VALUE, 1_700_000_000_140L)),
              List.of(
                  new DoubleVote(3, VoteKind.PREPARE, 1, VALUE, Bytes32.fromHex("ef".repeat(32)))),
              Optional.of(Reason.NO_OWN_DATA)),
          AFTERMATH);
  private static final DutyEvent COMPLETED =
      new DutyEvent.Completed(
          DUTY,
          Optional.empty(),
          SIGNATURE,
          List.of(0, 2, 3),
          List.of(1),
          List.of(new Arrival(0, 1_700_000_000_155L), new Arrival(2, 1_700_000_000_165L)),
          Trail.NONE,
          AFTERMATH,
          1_700_000_000_170L);
  private static final DutyEvent FAILED =
      new DutyEvent.Failed(
          DUTY,
          Reason.TOO_FEW_PARTIALS,
          List.of(1),
          List.of(new Arrival(1, 1_700_000_000_155L)),
          Trail.NONE,
          AFTERMATH,
          1_700_000_004_000L);

  // What version 3 can say.
  private static final Value LARGE = new Value(Bytes.wrap(new byte[Value.INLINE_BYTES_MAX + 1]));

  private static DutyEvent intended(Value value) {
    return new DutyEvent.Intended(
        DUTY, value, new Signable(VALUE, 0, 12_345), Trail.NONE, Aftermath.NONE);
  }

  private static DutyEvent completed(Value value) {
    return new DutyEvent.Completed(
        DUTY,
        Optional.of(value),
        SIGNATURE,
        List.of(0, 2, 3),
        List.of(),
        List.of(),
        Trail.NONE,
        Aftermath.NONE,
        1_700_000_000_170L);
  }

  // What version 4 can say.
  private static final DutyEvent DECIDED =
      new DutyEvent.Decided(
          new DutyId(DutyType.INFO_SYNC, 31, 0, 0),
          new Value(Bytes.fromHex("010203")),
          new Trail(
              1_700_000_000_000L,
              0,
              1_700_000_000_150L,
              1,
              Optional.of(0),
              List.of(0, 1, 3),
              List.of(new CastVote(VoteKind.COMMIT, 1, VALUE, 1_700_000_000_140L)),
              List.of(),
              Optional.empty()),
          AFTERMATH);

  @Test
  void writesAndReadsTheBytesOfVersion4() {
    assertGolden(
        DECIDED,
        "08041220abababababababababababababababababababababababababababababababab1a7d0a04"
            + "080d101f32750a0301020312460880d095ffbc311096d195ffbc31180122030001032a2d08031001"
            + "1a20cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd208cd195ffbc"
            + "3140001a120a070802109960180710021881d095ffbc3122120a070802109960180710031882d095"
            + "ffbc31");
  }

  @Test
  void aDecisionIsSmallAndHasItsParts() throws Exception {
    assertThat(versionOf(DECIDED)).isEqualTo(4);
    assertThat(
            versionOf(
                new DutyEvent.Failed(
                    DECIDED.duty(),
                    Reason.UNSUPPORTED_FEATURE,
                    List.of(),
                    List.of(),
                    Trail.NONE,
                    Aftermath.NONE,
                    1)))
        .as("one that was missed")
        .isEqualTo(4);
    assertUnwritable(new DutyEvent.Decided(DECIDED.duty(), LARGE, Trail.NONE, Aftermath.NONE));
    JournalProto.Row.Builder trackless =
        JournalProto.Row.parseFrom(EventCodec.chain(PREVIOUS, DECIDED).encoded().toArray())
            .toBuilder();
    trackless.getEventBuilder().getDecidedBuilder().clearTrail();
    assertCorrupt(trackless);
  }

  /** The largest value takes no more room than its hash, in rows and in snapshots. */
  @Test
  void aLargeValueIsNamedByItsHash() {
    Value named = Value.named(LARGE.hash());
    ChainedEvent intent = EventCodec.chain(Bytes32.ZERO, intended(LARGE));
    assertThat(intent.event()).isEqualTo(intended(named));
    assertThat(intent.encoded().size()).isLessThan(200);
    assertThat(EventCodec.decode(intent.encoded())).isEqualTo(intent);
    ChainedEvent completion = EventCodec.chain(intent.hash(), completed(LARGE));
    assertThat(completion.event()).isEqualTo(completed(named));
    assertThat(EventCodec.decode(completion.encoded())).isEqualTo(completion);
    EntitySnapshot snapshot =
        new EntitySnapshot(completion.hash(), List.of(intent.event(), completion.event(), SHARED));
    assertThat(EventCodec.decodeSnapshot(EventCodec.encode(snapshot))).isEqualTo(snapshot);
  }

  /** Programs that know no values apart read all rows that hold none. */
  @Test
  void rowsAreOfTheThirdVersionOnlyIfAValueIsApart() throws Exception {
    for (DutyEvent event : List.of(intended(LARGE), completed(LARGE))) {
      assertThat(versionOf(event)).isEqualTo(3);
    }
    for (DutyEvent event : List.of(INTENDED, SHARED, COMPLETED, COMPLETED_1, FAILED)) {
      assertThat(versionOf(event)).isEqualTo(2);
    }
  }

  private static int versionOf(DutyEvent event) throws Exception {
    return JournalProto.Row.parseFrom(EventCodec.chain(Bytes32.ZERO, event).encoded().toArray())
        .getVersion();
  }

  /** A row of version 2 holds its value, however large; one that only names it is no such row. */
  @Test
  void largeValuesInRowsOfTheSecondVersionAreRead() throws Exception {
    JournalProto.Row named =
        JournalProto.Row.parseFrom(
            EventCodec.chain(Bytes32.ZERO, intended(LARGE)).encoded().toArray());
    JournalProto.Row.Builder older = named.toBuilder().setVersion(2);
    older
        .getEventBuilder()
        .getIntendedBuilder()
        .clearValueApart()
        .setValue(ByteString.copyFrom(LARGE.content().toArray()));
    Bytes encoded = Bytes.wrap(older.build().toByteArray());
    assertThat(EventCodec.decode(encoded).event()).isEqualTo(intended(LARGE));
    assertThat(EventCodec.decode(encoded).encoded()).isEqualTo(encoded);
    assertCorrupt(named.toBuilder().setVersion(2));
    JournalProto.Row.Builder both = named.toBuilder();
    both.getEventBuilder().getIntendedBuilder().setValue(ByteString.EMPTY);
    both.getEventBuilder().getIntendedBuilder().setValueApart(ByteString.copyFrom(new byte[31]));
    assertCorrupt(both);
  }

  /** Journals hold these bytes: a literal here never changes, a new version gets new ones. */
  @Test
  void readsTheBytesOfVersion1() {
    assertReads(
        INTENDED_1,
        "08011220abababababababababababababababababababababababababababababababab1ac3010a"
            + "07080210b960180712b7010a0301020312280a20eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
            + "eeeeeeeeeeeeeeeeeeeeeeee1080031881031a720880d095ffbc311096d195ffbc31180222030001"
            + "032a26080410021a2000000000000000000000000000000000000000000000000000000000000000"
            + "002a26080310021a20cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
            + "cd320b4e4f5f4f574e5f4441544122120a070802109960180710021881d095ffbc31");
    assertReads(
        SHARED,
        "08011220abababababababababababababababababababababababababababababababab1ad6010a"
            + "07080210b96018071aca010ac001"
            + PARTIAL.hex()
            + "10a0d195ffbc31");
    assertReads(
        COMPLETED_1,
        "08011220abababababababababababababababababababababababababababababababab1a80010a"
            + "07080210b960180722750a001260c000000000000000000000000000000000000000000000000000"
            + "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000001a030002032201012a00"
            + "30aad195ffbc31");
    assertReads(
        FAILED_1,
        "08011220abababababababababababababababababababababababababababababababab1a1f0a07"
            + "080210b96018072a140a094e4f5f51554f52554d120018a0ef95ffbc31");
  }

  @Test
  void writesAndReadsTheBytesOfVersion2() {
    assertGolden(
        INTENDED,
        "08021220abababababababababababababababababababababababababababababababab1abb020a"
            + "07080210b960180712af020a0301020312280a20eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
            + "eeeeeeeeeeeeeeeeeeeeeeee1080031881031ad5010880d095ffbc311096d195ffbc311802220300"
            + "01032a2d080410021a20000000000000000000000000000000000000000000000000000000000000"
            + "000020e4d095ffbc312a2d080310021a20cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
            + "cdcdcdcdcdcdcdcdcd208cd195ffbc31320b4e4f5f4f574e5f44415441388ad095ffbc3140004a4a"
            + "0803100218012220cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
            + "2a20efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef22120a070802"
            + "109960180710021881d095ffbc312a120a070802109960180710031882d095ffbc31");
    assertGolden(
        SHARED,
        "08021220abababababababababababababababababababababababababababababababab1ad6010a"
            + "07080210b96018071aca010ac001"
            + PARTIAL.hex()
            + "10a0d195ffbc31");
    assertGolden(
        COMPLETED,
        "08021220abababababababababababababababababababababababababababababababab1abb010a"
            + "07080210b960180722af011260"
            + SIGNATURE.hex()
            + "1a030002032201012a0030aad195ffbc313a07109bd195ffbc313a09080210a5d195ffbc3142120a"
            + "070802109960180710021881d095ffbc314a120a070802109960180710031882d095ffbc31");
    assertGolden(
        FAILED,
        "08021220abababababababababababababababababababababababababababababababab1a5c0a07"
            + "080210b96018072a510a10544f4f5f4645575f5041525449414c53120018a0ef95ffbc312201012a"
            + "090801109bd195ffbc3132120a070802109960180710021881d095ffbc313a120a07080210996018"
            + "0710031882d095ffbc31");
  }

  @Test
  void readsTheSnapshotOfVersion1AndWritesItAsVersion2() {
    EntitySnapshot snapshot = new EntitySnapshot(PREVIOUS, List.of(SHARED, FAILED_1));
    Bytes golden =
        Bytes.fromHex(
            "08011220abababababababababababababababababababababababababababababababab1ad6010a"
                + "07080210b96018071aca010ac001"
                + PARTIAL.hex()
                + "10a0d195ffbc311a1f0a07080210b96018072a140a094e4f5f51554f52554d120018a0ef95ffbc"
                + "31");
    assertThat(EventCodec.decodeSnapshot(golden)).isEqualTo(snapshot);
    Bytes written = Bytes.fromHex("0802" + golden.hex().substring(4));
    assertThat(EventCodec.encode(snapshot)).isEqualTo(written);
    assertThat(EventCodec.decodeSnapshot(written)).isEqualTo(snapshot);
  }

  /** Reasons stand by name: one that was ever written stays readable. */
  @Test
  void keepsTheReasonsOfVersion1() {
    assertThat(Reason.values())
        .extracting(Reason::name)
        .contains(
            "UNKNOWN_PEER",
            "MALFORMED_FRAME",
            "UNKNOWN_MESSAGE_TYPE",
            "WRONG_PROTOCOL_VERSION",
            "WRONG_CLUSTER",
            "WRONG_DUTY",
            "UNKNOWN_DUTY",
            "TOO_EARLY",
            "TOO_LATE",
            "BAD_SIGNATURE",
            "BAD_INCLUSION_PROOF",
            "WRONG_SENDER",
            "DUPLICATE",
            "EQUIVOCATION",
            "BUFFER_FULL",
            "NOT_THE_LEADER",
            "UNJUSTIFIED",
            "STALE_ROUND",
            "WRONG_VALUE",
            "WRONG_ROOT",
            "BAD_PARTIAL",
            "MALFORMED_VALUE",
            "WRONG_SLOT",
            "WRONG_TARGET_EPOCH",
            "SOURCE_NOT_BELOW_TARGET",
            "CHECKPOINTS_DIFFER",
            "NO_OWN_DATA",
            "SLASHABLE",
            "BEYOND_CLOCK",
            "FENCED",
            "NO_PROPOSAL",
            "NO_QUORUM",
            "TOO_FEW_PARTIALS",
            "NOT_SUBMITTED",
            "REJECTED_BY_BEACON_NODE",
            "REASSIGNED",
            "INTERNAL_FAILURE");
  }

  @Test
  void readsBackWhatItWrote() {
    Random random = Seeds.random("readsBackWhatItWrote");
    for (int i = 0; i < 2_000; i++) {
      ChainedEvent written = EventCodec.chain(Seeds.root(random), Seeds.event(random));
      assertThat(EventCodec.decode(written.encoded())).isEqualTo(written);
      EntitySnapshot snapshot =
          new EntitySnapshot(Seeds.root(random), List.of(Seeds.event(random), Seeds.event(random)));
      assertThat(EventCodec.decodeSnapshot(EventCodec.encode(snapshot))).isEqualTo(snapshot);
    }
  }

  @Test
  void refusesEveryOtherBytesWithOneException() {
    Random random = Seeds.random("refusesEveryOtherBytesWithOneException");
    for (int i = 0; i < 4_000; i++) {
      byte[] bytes = EventCodec.chain(PREVIOUS, Seeds.event(random)).encoded().toArray();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Bytes changed = Bytes.wrap(bytes);
      try {
        // A flipped bit of a root or a time is another valid event, but never another encoding.
        assertThat(EventCodec.decode(changed).encoded()).isEqualTo(changed);
      } catch (CorruptJournalException refused) {
        assertThat(refused.getMessage()).isNotBlank();
      }
      assertCorrupt(Seeds.bytes(random, random.nextInt(200)));
    }
  }

  @Test
  void refusesARowThatIsCutOffOrGoesOn() {
    byte[] whole = EventCodec.chain(PREVIOUS, INTENDED).encoded().toArray();
    for (int length = 0; length < whole.length; length++) {
      assertCorrupt(Bytes.wrap(whole).slice(0, length));
    }
    assertCorrupt(Bytes.wrap(Arrays.copyOf(whole, whole.length + 1)));
  }

  @Test
  void refusesUnknownFieldsVersionsCodesAndMissingParts() throws Exception {
    JournalProto.Row row =
        JournalProto.Row.parseFrom(EventCodec.chain(PREVIOUS, INTENDED).encoded().toArray());
    assertCorrupt(row.toBuilder().setVersion(EventCodec.VERSION + 1));
    assertCorrupt(row.toBuilder().setVersion(0));
    assertCorrupt(row.toBuilder().clearEvent());
    assertCorrupt(row.toBuilder().setPrevious(ByteString.EMPTY));
    assertCorrupt(
        row.toBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build()));
    JournalProto.Row.Builder changed = row.toBuilder();
    changed.getEventBuilder().getDutyBuilder().setType(250);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().clearKind();
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().clearTrail();
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getTrailBuilder().setRefusal("BECAUSE");
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getTrailBuilder().setRound(-1);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getTrailBuilder().addVoters(40);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getSignableBuilder().setTarget(-1);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getEarlierBuilder(0).setOutcome(9);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getLateBuilder(0).clearDuty();
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getLateBuilder(0).setOperator(40);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed.getEventBuilder().getIntendedBuilder().getTrailBuilder().setLeader(40);
    assertCorrupt(changed);
    changed = row.toBuilder();
    changed
        .getEventBuilder()
        .getIntendedBuilder()
        .getTrailBuilder()
        .getEvidenceBuilder(0)
        .setKind(5);
    assertCorrupt(changed);
  }

  @Test
  void refusesMoreThanItsBounds() {
    assertCorrupt(Bytes.wrap(new byte[EventCodec.EVENT_BYTES_MAX + 1]));
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() ->
            EventCodec.decodeSnapshot(Bytes.wrap(new byte[EventCodec.SNAPSHOT_BYTES_MAX + 1])));
    CastVote vote = new CastVote(VoteKind.PREPARE, 1, PREVIOUS, Long.MAX_VALUE);
    List<CastVote> votes = Collections.nCopies(EventCodec.VOTES_MAX, vote);
    DoubleVote twice = new DoubleVote(39, VoteKind.PREPARE, 256, PREVIOUS, PREVIOUS);
    List<DoubleVote> evidence = Collections.nCopies(40, twice);
    List<Arrival> arrivals = Collections.nCopies(40, new Arrival(39, Long.MAX_VALUE));
    List<Submission> submissions = Collections.nCopies(EventCodec.SEQUELS_MAX, SUBMISSION);
    List<LatePartial> late =
        Collections.nCopies(EventCodec.SEQUELS_MAX, new LatePartial(EARLIER, 39, 1L << 41));
    Aftermath most = new Aftermath(submissions, late);
    ChainedEvent fullest =
        EventCodec.chain(PREVIOUS, failed(trail(votes, evidence), arrivals, most));
    assertThat(EventCodec.decode(fullest.encoded())).isEqualTo(fullest);

    assertUnwritable(failed(trail(more(votes), evidence), arrivals, most));
    assertUnwritable(failed(trail(votes, more(evidence)), arrivals, most));
    assertUnwritable(failed(trail(votes, evidence), more(arrivals), most));
    assertUnwritable(
        failed(trail(votes, evidence), arrivals, new Aftermath(more(submissions), late)));
    assertUnwritable(
        failed(trail(votes, evidence), arrivals, new Aftermath(submissions, more(late))));
    assertUnwritable(new DutyEvent.Shared(DUTY, Bytes.wrap(new byte[191]), 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            EventCodec.encode(new EntitySnapshot(PREVIOUS, Collections.nCopies(10_000, SHARED))));
  }

  /** What one duty of four operators costs, an attestation of 128 bytes without trouble. */
  @Test
  void aDutyThatGoesWellTakesFewBytes() {
    long now = 1_700_000_000_000L;
    DutyId duty = DutyId.attester(12_000_000, 999);
    DutyEvent intended =
        new DutyEvent.Intended(
            duty,
            new Value(Bytes.wrap(new byte[128])),
            new Signable(VALUE, 375_000, 375_001),
            new Trail(
                now,
                now,
                now,
                1,
                Optional.of(2),
                List.of(0, 1, 2),
                List.of(
                    new CastVote(VoteKind.PREPARE, 1, VALUE, now),
                    new CastVote(VoteKind.COMMIT, 1, VALUE, now)),
                List.of(),
                Optional.empty()),
            new Aftermath(
                List.of(new Submission(duty, SubmissionOutcome.ACCEPTED, now)),
                List.of(new LatePartial(duty, 3, now))));
    DutyEvent completed =
        new DutyEvent.Completed(
            duty,
            Optional.empty(),
            SIGNATURE,
            List.of(0, 1, 2),
            List.of(),
            List.of(new Arrival(1, now), new Arrival(2, now), new Arrival(3, now)),
            Trail.NONE,
            Aftermath.NONE,
            now);
    assertThat(bytes(intended)).isEqualTo(401);
    assertThat(bytes(new DutyEvent.Shared(duty, PARTIAL, now))).isEqualTo(256);
    assertThat(bytes(completed)).isEqualTo(199);
  }

  private static int bytes(DutyEvent event) {
    return EventCodec.chain(PREVIOUS, event).encoded().size();
  }

  @Test
  void showsALostAChangedAndAForeignRow() {
    ChainedEvent first = EventCodec.chain(Bytes32.ZERO, INTENDED);
    ChainedEvent second = EventCodec.chain(first.hash(), SHARED);
    ChainedEvent third = EventCodec.chain(second.hash(), COMPLETED);
    assertThat(third.hashAfter(second.hashAfter(first.hashAfter(Bytes32.ZERO))))
        .isEqualTo(third.hash());
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() -> third.hashAfter(first.hash()));
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() -> second.hashAfter(EventCodec.chain(Bytes32.ZERO, FAILED).hash()));
  }

  @Test
  void storesTheExactBytesUnderANameForEachKind() {
    JournalSerializer serializer = new JournalSerializer();
    ChainedEvent event = EventCodec.chain(PREVIOUS, SHARED);
    EntitySnapshot snapshot = new EntitySnapshot(event.hash(), List.of(SHARED));
    assertThat(serializer.identifier()).isEqualTo(24_110);
    assertThat(serializer.manifest(event)).isEqualTo("event");
    assertThat(serializer.manifest(snapshot)).isEqualTo("snapshot");
    assertThat(serializer.toBinary(event)).isEqualTo(event.encoded().toArray());
    assertThat(serializer.fromBinary(serializer.toBinary(event), "event")).isEqualTo(event);
    assertThat(serializer.fromBinary(serializer.toBinary(snapshot), "snapshot"))
        .isEqualTo(snapshot);
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() -> serializer.fromBinary(serializer.toBinary(event), "other"));
    assertThatIllegalArgumentException().isThrownBy(() -> serializer.toBinary("text"));
  }

  private static void assertGolden(DutyEvent event, String hex) {
    assertThat(EventCodec.chain(PREVIOUS, event).encoded().hex()).isEqualTo(hex);
    assertReads(event, hex);
  }

  private static void assertReads(DutyEvent event, String hex) {
    Bytes golden = Bytes.fromHex(hex);
    assertThat(EventCodec.decode(golden)).isEqualTo(new ChainedEvent(PREVIOUS, event, golden));
  }

  private static Trail trail(List<CastVote> own, List<DoubleVote> evidence) {
    List<Integer> voters = Collections.nCopies(40, 39);
    return new Trail(0, 0, 0, 1, Optional.empty(), voters, own, evidence, Optional.empty());
  }

  private static DutyEvent failed(Trail trail, List<Arrival> partials, Aftermath earlier) {
    return new DutyEvent.Failed(DUTY, Reason.NO_QUORUM, List.of(), partials, trail, earlier, 1);
  }

  private static <T> List<T> more(List<T> items) {
    return Collections.nCopies(items.size() + 1, items.getFirst());
  }

  private static void assertUnwritable(DutyEvent event) {
    assertThatIllegalArgumentException().isThrownBy(() -> EventCodec.chain(PREVIOUS, event));
  }

  private static void assertCorrupt(JournalProto.Row.Builder row) {
    assertCorrupt(Bytes.wrap(row.build().toByteArray()));
  }

  private static void assertCorrupt(Bytes bytes) {
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() -> EventCodec.decode(bytes));
  }
}
