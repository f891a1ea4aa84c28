/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.persistence.event.proto.JournalProto;
import java.util.List;
import java.util.Optional;

/**
 * Turns events and snapshots into bytes and back.
 *
 * <p>There is exactly one encoding of an event in a version, and decoding accepts no other:
 * whatever decodes is encoded again and must give the same bytes. That refuses unknown fields,
 * trailing bytes, doubled or reordered fields and overlong integers at once. A newer version is
 * refused by its number, so an older pod stops rather than act on half of what it read; rows of an
 * older one keep their bytes, and with them the chain. Both directions check the same bounds; an
 * event beyond them is a bug when written and a corrupt journal when read.
 */
public final class EventCodec {
  /** The newest version; all from 1 on are read. */
  public static final int VERSION = 4;

  /** Of rows that name a value which is apart, and are older than {@link #VERSION}. */
  private static final int VERSION_OF_VALUES_APART = 3;

  /** Of all other rows: programs that know no newer version read them, too. */
  private static final int VERSION_OF_OTHERS = 2;

  /** Bytes of one row at most. */
  public static final int EVENT_BYTES_MAX = 128 * 1024;

  /** Bytes of one snapshot at most: what a binary column of H2 holds. */
  public static final int SNAPSHOT_BYTES_MAX = 1024 * 1024;

  /** Own votes on the record of one duty at most. */
  public static final int VOTES_MAX = 1024;

  /** Submissions, and late partials, of earlier duties in one row at most. */
  public static final int SEQUELS_MAX = 1024;

  /** A compressed BLS signature. */
  private static final int SIGNATURE_BYTES = 96;

  /** A partial signature as it travels: uncompressed. */
  private static final int PARTIAL_BYTES = 192;

  private EventCodec() {}

  /**
   * Encodes {@code event} as the row after the one whose hash is {@code previous}.
   *
   * @param previous zero for the first row of a validator
   * @throws IllegalArgumentException if the event is beyond a bound
   */
  public static ChainedEvent chain(Bytes32 previous, DutyEvent event) {
    return chain(versionOf(List.of(event)), previous, event);
  }

  /** The event of the row is the one that is read from it, which names a large value only. */
  private static ChainedEvent chain(int version, Bytes32 previous, DutyEvent event) {
    JournalProto.Event written = toProto(version, event);
    byte[] encoded =
        JournalProto.Row.newBuilder()
            .setVersion(version)
            .setPrevious(string(previous))
            .setEvent(written)
            .build()
            .toByteArray();
    require(encoded.length <= EVENT_BYTES_MAX, "an event of too many bytes");
    DutyEvent read = holdsApart(event) ? fromProto(written) : event;
    return new ChainedEvent(previous, read, Bytes.wrap(encoded));
  }

  private static int versionOf(List<DutyEvent> events) {
    return events.stream().mapToInt(EventCodec::versionOf).max().orElse(VERSION_OF_OTHERS);
  }

  private static int versionOf(DutyEvent event) {
    // However it ended: older programs do not know such duties.
    if (!event.duty().type().isSigned()) {
      return VERSION;
    }
    return holdsApart(event) ? VERSION_OF_VALUES_APART : VERSION_OF_OTHERS;
  }

  private static boolean holdsApart(DutyEvent event) {
    return switch (event) {
      case DutyEvent.Intended intended -> intended.value().isApart();
      case DutyEvent.Completed completed -> completed.value().filter(Value::isApart).isPresent();
      case DutyEvent.Shared _, DutyEvent.Decided _, DutyEvent.Failed _ -> false;
    };
  }

  /**
   * @throws CorruptJournalException unless {@link #chain} wrote exactly these bytes
   */
  public static ChainedEvent decode(Bytes encoded) {
    requireSize(encoded, EVENT_BYTES_MAX);
    ChainedEvent decoded;
    try {
      JournalProto.Row row = JournalProto.Row.parseFrom(encoded.toArray());
      requireVersion(row.getVersion());
      decoded = chain(row.getVersion(), root(row.getPrevious()), fromProto(row.getEvent()));
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw new CorruptJournalException("a row that is no event", malformed);
    }
    requireSame(decoded.encoded(), encoded);
    return decoded;
  }

  /**
   * @throws IllegalArgumentException if the snapshot is beyond a bound
   */
  public static Bytes encode(EntitySnapshot snapshot) {
    return encode(versionOf(snapshot.recent()), snapshot);
  }

  private static Bytes encode(int version, EntitySnapshot snapshot) {
    byte[] encoded =
        JournalProto.Snapshot.newBuilder()
            .setVersion(version)
            .setLastHash(string(snapshot.lastHash()))
            .addAllRecent(snapshot.recent().stream().map(event -> toProto(version, event)).toList())
            .build()
            .toByteArray();
    require(encoded.length <= SNAPSHOT_BYTES_MAX, "a snapshot of too many bytes");
    return Bytes.wrap(encoded);
  }

  /**
   * @throws CorruptJournalException unless {@link #encode} wrote exactly these bytes
   */
  public static EntitySnapshot decodeSnapshot(Bytes encoded) {
    requireSize(encoded, SNAPSHOT_BYTES_MAX);
    EntitySnapshot decoded;
    Bytes again;
    try {
      JournalProto.Snapshot snapshot = JournalProto.Snapshot.parseFrom(encoded.toArray());
      requireVersion(snapshot.getVersion());
      decoded =
          new EntitySnapshot(
              root(snapshot.getLastHash()),
              snapshot.getRecentList().stream().map(EventCodec::fromProto).toList());
      again = encode(snapshot.getVersion(), decoded);
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw new CorruptJournalException("a row that is no snapshot", malformed);
    }
    requireSame(again, encoded);
    return decoded;
  }

  /**
   * @param version from which on a large value is apart
   */
  private static JournalProto.Event toProto(int version, DutyEvent event) {
    JournalProto.Event.Builder builder =
        JournalProto.Event.newBuilder().setDuty(toProto(event.duty()));
    switch (event) {
      case DutyEvent.Intended intended -> {
        JournalProto.Intended.Builder intent =
            JournalProto.Intended.newBuilder()
                .setSignable(toProto(intended.signable()))
                .setTrail(toProto(intended.trail()))
                .addAllEarlier(submissions(intended.earlier()))
                .addAllLate(latePartials(intended.earlier()));
        if (isApart(version, intended.value())) {
          intent.setValueApart(string(intended.value().hash()));
        } else {
          intent.setValue(string(intended.value().content()));
        }
        builder.setIntended(intent);
      }
      case DutyEvent.Shared shared ->
          builder.setShared(
              JournalProto.Shared.newBuilder()
                  .setSignature(string(signature(shared.signature(), PARTIAL_BYTES)))
                  .setAtMillis(natural(shared.atMillis())));
      case DutyEvent.Completed completed -> {
        JournalProto.Completed.Builder completion =
            JournalProto.Completed.newBuilder()
                .setSignature(string(signature(completed.signature(), SIGNATURE_BYTES)))
                .addAllSigners(operators(completed.signers()))
                .addAllCulprits(operators(completed.culprits()))
                .setTrail(toProto(completed.trail()))
                .setAtMillis(natural(completed.atMillis()))
                .addAllPartials(arrivals(completed.partials()))
                .addAllEarlier(submissions(completed.earlier()))
                .addAllLate(latePartials(completed.earlier()));
        completed
            .value()
            .ifPresent(value -> {
              if (isApart(version, value)) {
                completion.setValueApart(string(value.hash()));
              } else {
                completion.setValue(string(value.content()));
              }
            });
        builder.setCompleted(completion);
      }
      case DutyEvent.Decided decided -> {
        require(!decided.value().isApart(), "a decision of too many bytes");
        builder.setDecided(
            JournalProto.Decided.newBuilder()
                .setValue(string(decided.value().content()))
                .setTrail(toProto(decided.trail()))
                .addAllEarlier(submissions(decided.earlier()))
                .addAllLate(latePartials(decided.earlier())));
      }
      case DutyEvent.Failed failed ->
          builder.setFailed(
              JournalProto.Failed.newBuilder()
                  .setReason(failed.reason().name())
                  .setTrail(toProto(failed.trail()))
                  .setAtMillis(natural(failed.atMillis()))
                  .addAllCulprits(operators(failed.culprits()))
                  .addAllPartials(arrivals(failed.partials()))
                  .addAllEarlier(submissions(failed.earlier()))
                  .addAllLate(latePartials(failed.earlier())));
    }
    return builder.build();
  }

  private static boolean isApart(int version, Value value) {
    boolean isApart = version >= VERSION_OF_VALUES_APART && value.isApart();
    require(isApart || value.isWhole(), "a value that is only named");
    return isApart;
  }

  private static DutyEvent fromProto(JournalProto.Event event) {
    require(event.hasDuty(), "no duty");
    DutyId duty = fromProto(event.getDuty());
    return switch (event.getKindCase()) {
      case INTENDED -> {
        JournalProto.Intended intended = event.getIntended();
        require(intended.hasSignable() && intended.hasTrail(), "an intent without its parts");
        yield new DutyEvent.Intended(
            duty,
            intended.getValueApart().isEmpty()
                ? value(intended.getValue())
                : Value.named(root(intended.getValueApart())),
            fromProto(intended.getSignable()),
            fromProto(intended.getTrail()),
            aftermath(intended.getEarlierList(), intended.getLateList()));
      }
      case SHARED -> {
        JournalProto.Shared shared = event.getShared();
        yield new DutyEvent.Shared(duty, bytes(shared.getSignature()), shared.getAtMillis());
      }
      case COMPLETED -> {
        JournalProto.Completed completed = event.getCompleted();
        require(completed.hasTrail(), "a completion without its trail");
        yield new DutyEvent.Completed(
            duty,
            completed.hasValue()
                ? Optional.of(value(completed.getValue()))
                : Optional.of(completed.getValueApart())
                    .filter(hash -> !hash.isEmpty())
                    .map(hash -> Value.named(root(hash))),
            bytes(completed.getSignature()),
            completed.getSignersList(),
            completed.getCulpritsList(),
            completed.getPartialsList().stream().map(EventCodec::fromProto).toList(),
            fromProto(completed.getTrail()),
            aftermath(completed.getEarlierList(), completed.getLateList()),
            completed.getAtMillis());
      }
      case DECIDED -> {
        JournalProto.Decided decided = event.getDecided();
        require(decided.hasTrail(), "a decision without its trail");
        yield new DutyEvent.Decided(
            duty,
            value(decided.getValue()),
            fromProto(decided.getTrail()),
            aftermath(decided.getEarlierList(), decided.getLateList()));
      }
      case FAILED -> {
        JournalProto.Failed failed = event.getFailed();
        require(failed.hasTrail(), "a failure without its trail");
        yield new DutyEvent.Failed(
            duty,
            Reason.valueOf(failed.getReason()),
            failed.getCulpritsList(),
            failed.getPartialsList().stream().map(EventCodec::fromProto).toList(),
            fromProto(failed.getTrail()),
            aftermath(failed.getEarlierList(), failed.getLateList()),
            failed.getAtMillis());
      }
      case KIND_NOT_SET -> throw new IllegalArgumentException("an event of no known kind");
    };
  }

  private static JournalProto.Duty toProto(DutyId duty) {
    return JournalProto.Duty.newBuilder()
        .setType(duty.type().code())
        .setSlot(duty.slot())
        .setValidator(duty.validator())
        .setPart(duty.part())
        .build();
  }

  private static DutyId fromProto(JournalProto.Duty duty) {
    return new DutyId(
        known(DutyType.ofCode(duty.getType()), "duty type"),
        duty.getSlot(),
        duty.getValidator(),
        duty.getPart());
  }

  private static JournalProto.Signable toProto(Signable signable) {
    return JournalProto.Signable.newBuilder()
        .setRoot(string(signable.root()))
        .setSource(natural(signable.source()))
        .setTarget(natural(signable.target()))
        .build();
  }

  private static Signable fromProto(JournalProto.Signable signable) {
    return new Signable(root(signable.getRoot()), signable.getSource(), signable.getTarget());
  }

  private static JournalProto.Trail toProto(DutyEvent.Trail trail) {
    JournalProto.Trail.Builder builder =
        JournalProto.Trail.newBuilder()
            .setStartedAtMillis(natural(trail.startedAtMillis()))
            .setProposedAtMillis(natural(trail.proposedAtMillis()))
            .setDecidedAtMillis(natural(trail.decidedAtMillis()))
            .setRound((int) natural(trail.round()))
            .addAllVoters(operators(trail.voters()))
            .addAllOwn(bounded(trail.own(), VOTES_MAX).stream().map(EventCodec::toProto).toList())
            .addAllEvidence(
                bounded(trail.evidence(), Quorum.OPERATORS_MAX).stream()
                    .map(EventCodec::toProto)
                    .toList());
    trail.leader().ifPresent(leader -> builder.setLeader(operator(leader)));
    trail.refusal().ifPresent(reason -> builder.setRefusal(reason.name()));
    return builder.build();
  }

  private static DutyEvent.Trail fromProto(JournalProto.Trail trail) {
    return new DutyEvent.Trail(
        trail.getStartedAtMillis(),
        trail.getProposedAtMillis(),
        trail.getDecidedAtMillis(),
        trail.getRound(),
        trail.hasLeader() ? Optional.of(trail.getLeader()) : Optional.empty(),
        trail.getVotersList(),
        trail.getOwnList().stream().map(EventCodec::fromProto).toList(),
        trail.getEvidenceList().stream().map(EventCodec::fromProto).toList(),
        trail.hasRefusal() ? Optional.of(Reason.valueOf(trail.getRefusal())) : Optional.empty());
  }

  private static JournalProto.CastVote toProto(DutyEvent.CastVote vote) {
    return JournalProto.CastVote.newBuilder()
        .setKind(vote.kind().code())
        .setRound((int) natural(vote.round()))
        .setValue(string(vote.value()))
        .setAtMillis(natural(vote.atMillis()))
        .build();
  }

  private static DutyEvent.CastVote fromProto(JournalProto.CastVote vote) {
    return new DutyEvent.CastVote(
        known(VoteKind.ofCode(vote.getKind()), "kind of vote"),
        vote.getRound(),
        root(vote.getValue()),
        vote.getAtMillis());
  }

  private static JournalProto.DoubleVote toProto(DutyEvent.DoubleVote votes) {
    return JournalProto.DoubleVote.newBuilder()
        .setOperator(operator(votes.operator()))
        .setKind(votes.kind().code())
        .setRound((int) natural(votes.round()))
        .setFirst(string(votes.first()))
        .setSecond(string(votes.second()))
        .build();
  }

  private static DutyEvent.DoubleVote fromProto(JournalProto.DoubleVote votes) {
    return new DutyEvent.DoubleVote(
        votes.getOperator(),
        known(VoteKind.ofCode(votes.getKind()), "kind of vote"),
        votes.getRound(),
        root(votes.getFirst()),
        root(votes.getSecond()));
  }

  private static List<JournalProto.Arrival> arrivals(List<DutyEvent.Arrival> arrivals) {
    return bounded(arrivals, Quorum.OPERATORS_MAX).stream()
        .map(arrival ->
            JournalProto.Arrival.newBuilder()
                .setOperator(operator(arrival.operator()))
                .setAtMillis(natural(arrival.atMillis()))
                .build())
        .toList();
  }

  private static DutyEvent.Arrival fromProto(JournalProto.Arrival arrival) {
    return new DutyEvent.Arrival(arrival.getOperator(), arrival.getAtMillis());
  }

  private static List<JournalProto.Submission> submissions(DutyEvent.Aftermath earlier) {
    return bounded(earlier.submissions(), SEQUELS_MAX).stream().map(EventCodec::toProto).toList();
  }

  private static List<JournalProto.LatePartial> latePartials(DutyEvent.Aftermath earlier) {
    return bounded(earlier.partials(), SEQUELS_MAX).stream().map(EventCodec::toProto).toList();
  }

  private static DutyEvent.Aftermath aftermath(
      List<JournalProto.Submission> submissions, List<JournalProto.LatePartial> partials) {
    return new DutyEvent.Aftermath(
        submissions.stream().map(EventCodec::fromProto).toList(),
        partials.stream().map(EventCodec::fromProto).toList());
  }

  private static JournalProto.LatePartial toProto(DutyEvent.LatePartial partial) {
    return JournalProto.LatePartial.newBuilder()
        .setDuty(toProto(partial.duty()))
        .setOperator(operator(partial.operator()))
        .setAtMillis(natural(partial.atMillis()))
        .build();
  }

  private static DutyEvent.LatePartial fromProto(JournalProto.LatePartial partial) {
    require(partial.hasDuty(), "a partial of no duty");
    return new DutyEvent.LatePartial(
        fromProto(partial.getDuty()), partial.getOperator(), partial.getAtMillis());
  }

  private static JournalProto.Submission toProto(DutyEvent.Submission submission) {
    return JournalProto.Submission.newBuilder()
        .setDuty(toProto(submission.duty()))
        .setOutcome(submission.outcome().code())
        .setAtMillis(natural(submission.atMillis()))
        .build();
  }

  private static DutyEvent.Submission fromProto(JournalProto.Submission submission) {
    require(submission.hasDuty(), "a submission of no duty");
    return new DutyEvent.Submission(
        fromProto(submission.getDuty()),
        known(SubmissionOutcome.ofCode(submission.getOutcome()), "outcome"),
        submission.getAtMillis());
  }

  private static Value value(ByteString content) {
    return new Value(bytes(content));
  }

  private static Bytes bytes(ByteString content) {
    return Bytes.wrap(content.toByteArray());
  }

  private static Bytes32 root(ByteString content) {
    return Bytes32.of(content.toByteArray());
  }

  private static ByteString string(Bytes content) {
    return UnsafeByteOperations.unsafeWrap(content.toArray());
  }

  private static ByteString string(Bytes32 content) {
    return UnsafeByteOperations.unsafeWrap(content.toArray());
  }

  private static Bytes signature(Bytes signature, int bytes) {
    require(signature.size() == bytes, "a signature that is not of " + bytes + " bytes");
    return signature;
  }

  private static long natural(long number) {
    require(number >= 0, "a negative number");
    return number;
  }

  private static List<Integer> operators(List<Integer> operators) {
    bounded(operators, Quorum.OPERATORS_MAX).forEach(EventCodec::operator);
    return operators;
  }

  private static int operator(int operator) {
    require(operator >= 0 && operator < Quorum.OPERATORS_MAX, "an unknown operator");
    return operator;
  }

  private static <T> List<T> bounded(List<T> items, int max) {
    require(items.size() <= max, "too many items");
    return items;
  }

  private static <T> T known(Optional<T> constant, String what) {
    return constant.orElseThrow(() -> new IllegalArgumentException("an unknown " + what));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static void requireSize(Bytes encoded, int max) {
    if (encoded.size() > max) {
      throw new CorruptJournalException(
          "a row of " + encoded.size() + " bytes, at most " + max + " were ever written");
    }
  }

  private static void requireVersion(int version) {
    if (version < 1 || version > VERSION) {
      throw new CorruptJournalException(
          "a row of version " + version + ", this program knows 1 to " + VERSION);
    }
  }

  private static void requireSame(Bytes again, Bytes encoded) {
    if (!again.equals(encoded)) {
      throw new CorruptJournalException("a row with bytes that no version of this program wrote");
    }
  }
}
