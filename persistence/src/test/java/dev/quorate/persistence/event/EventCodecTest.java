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
import dev.quorate.consensus.duty.DutyEvent.CastVote;
import dev.quorate.consensus.duty.DutyEvent.Submission;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyId;
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
  private static final Trail TRAIL =
      new Trail(
          1_700_000_000_000L,
          1_700_000_000_150L,
          2,
          List.of(0, 1, 3),
          List.of(
              new CastVote(VoteKind.ROUND_CHANGE, 2, Bytes32.ZERO),
              new CastVote(VoteKind.COMMIT, 2, Bytes32.fromHex("cd".repeat(32)))),
          Optional.of(Reason.NO_OWN_DATA));

  private static final DutyEvent INTENDED =
      new DutyEvent.Intended(
          DUTY,
          new Value(Bytes.fromHex("010203")),
          new Signable(Bytes32.fromHex("ee".repeat(32)), 384, 385),
          TRAIL,
          List.of(
              new Submission(
                  DutyId.attester(12_313, 7),
                  SubmissionOutcome.ALREADY_KNOWN,
                  1_700_000_000_001L)));
  private static final DutyEvent SHARED = new DutyEvent.Shared(DUTY, PARTIAL, 1_700_000_000_160L);
  private static final DutyEvent COMPLETED =
      new DutyEvent.Completed(
          DUTY,
          Optional.of(new Value(Bytes.EMPTY)),
          SIGNATURE,
          List.of(0, 2, 3),
          List.of(1),
          Trail.NONE,
          1_700_000_000_170L);
  private static final DutyEvent FAILED =
      new DutyEvent.Failed(DUTY, Reason.NO_QUORUM, Trail.NONE, 1_700_000_004_000L);

  /** Journals hold these bytes: a literal here never changes, a new version gets new ones. */
  @Test
  void writesAndReadsTheBytesOfVersion1() {
    assertGolden(
        INTENDED,
        "08011220abababababababababababababababababababababababababababababababab1ac3010a"
            + "07080210b960180712b7010a0301020312280a20eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
            + "eeeeeeeeeeeeeeeeeeeeeeee1080031881031a720880d095ffbc311096d195ffbc31180222030001"
            + "032a26080410021a2000000000000000000000000000000000000000000000000000000000000000"
            + "002a26080310021a20cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
            + "cd320b4e4f5f4f574e5f4441544122120a070802109960180710021881d095ffbc31");
    assertGolden(
        SHARED,
        "08011220abababababababababababababababababababababababababababababababab1ad6010a"
            + "07080210b96018071aca010ac001"
            + PARTIAL.hex()
            + "10a0d195ffbc31");
    assertGolden(
        COMPLETED,
        "08011220abababababababababababababababababababababababababababababababab1a80010a"
            + "07080210b960180722750a001260c000000000000000000000000000000000000000000000000000"
            + "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000001a030002032201012a00"
            + "30aad195ffbc31");
    assertGolden(
        FAILED,
        "08011220abababababababababababababababababababababababababababababababab1a1f0a07"
            + "080210b96018072a140a094e4f5f51554f52554d120018a0ef95ffbc31");
  }

  @Test
  void writesAndReadsTheSnapshotOfVersion1() {
    EntitySnapshot snapshot = new EntitySnapshot(PREVIOUS, List.of(SHARED, FAILED));
    Bytes golden =
        Bytes.fromHex(
            "08011220abababababababababababababababababababababababababababababababab1ad6010a"
                + "07080210b96018071aca010ac001"
                + PARTIAL.hex()
                + "10a0d195ffbc311a1f0a07080210b96018072a140a094e4f5f51554f52554d120018a0ef95ffbc"
                + "31");
    assertThat(EventCodec.encode(snapshot)).isEqualTo(golden);
    assertThat(EventCodec.decodeSnapshot(golden)).isEqualTo(snapshot);
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
    assertCorrupt(row.toBuilder().setVersion(2));
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
  }

  @Test
  void refusesMoreThanItsBounds() {
    assertCorrupt(Bytes.wrap(new byte[EventCodec.EVENT_BYTES_MAX + 1]));
    assertThatExceptionOfType(CorruptJournalException.class)
        .isThrownBy(() ->
            EventCodec.decodeSnapshot(Bytes.wrap(new byte[EventCodec.SNAPSHOT_BYTES_MAX + 1])));
    CastVote vote = new CastVote(VoteKind.PREPARE, 1, PREVIOUS);
    assertUnwritable(trail(Collections.nCopies(EventCodec.VOTES_MAX + 1, vote), List.of()));
    assertUnwritable(trail(List.of(), Collections.nCopies(41, 1)));
    assertUnwritable(
        new DutyEvent.Intended(
            DUTY,
            new Value(Bytes.EMPTY),
            new Signable(PREVIOUS, 0, 0),
            Trail.NONE,
            Collections.nCopies(
                EventCodec.SUBMISSIONS_MAX + 1,
                new Submission(DUTY, SubmissionOutcome.ACCEPTED, 1))));
    assertUnwritable(new DutyEvent.Shared(DUTY, Bytes.wrap(new byte[191]), 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            EventCodec.encode(new EntitySnapshot(PREVIOUS, Collections.nCopies(10_000, SHARED))));
    ChainedEvent fullest =
        EventCodec.chain(
            PREVIOUS,
            trail(Collections.nCopies(EventCodec.VOTES_MAX, vote), Collections.nCopies(40, 39)));
    assertThat(EventCodec.decode(fullest.encoded())).isEqualTo(fullest);
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
    ChainedEvent written = EventCodec.chain(PREVIOUS, event);
    assertThat(written.encoded().hex()).isEqualTo(hex);
    assertThat(EventCodec.decode(Bytes.fromHex(hex))).isEqualTo(written);
  }

  private static DutyEvent trail(List<CastVote> own, List<Integer> voters) {
    return new DutyEvent.Failed(
        DUTY, Reason.NO_QUORUM, new Trail(0, 0, 1, voters, own, Optional.empty()), 1);
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
