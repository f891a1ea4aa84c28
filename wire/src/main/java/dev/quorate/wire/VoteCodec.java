/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.wire.Checked.Bad;
import dev.quorate.wire.Checked.Good;
import dev.quorate.wire.proto.Duty;
import dev.quorate.wire.proto.VoteContent;
import java.util.Optional;

/** A vote and the bytes that are signed for it, which name version, cluster and sender. */
record VoteCodec(WireCluster cluster) {
  private static final Parser<VoteContent> PARSER =
      DiscardUnknownFieldsParser.wrap(VoteContent.parser());

  Bytes encode(Vote vote) {
    VoteContent.Builder content =
        VoteContent.newBuilder()
            .setVersion(WireLimits.PROTOCOL_VERSION)
            .setCluster(bytes(cluster.hash()))
            .setSender(vote.sender())
            .setDuty(encode(vote.duty()))
            .setKind(vote.kind().code())
            .setRound(vote.round());
    switch (vote) {
      case Vote.PrePrepare _, Vote.Prepare _, Vote.Commit _ ->
          content.setValue(bytes(vote.value()));
      case Vote.RoundChange change ->
          change
              .prepared()
              .ifPresent(prepared ->
                  content.setValue(bytes(prepared.value())).setPreparedRound(prepared.round()));
    }
    return Bytes.wrap(content.build().toByteArray());
  }

  static Duty encode(DutyId duty) {
    return Duty.newBuilder()
        .setType(duty.type().code())
        .setSlot(duty.slot())
        .setValidator(duty.validator())
        .setPart(duty.part())
        .build();
  }

  Checked<Vote> decode(Bytes bytes) {
    if (bytes.size() > WireLimits.VOTE_BYTES_MAX) {
      return new Bad<>(Reason.MALFORMED_FRAME);
    }
    VoteContent content;
    try {
      content = PARSER.parseFrom(bytes.toArray());
    } catch (InvalidProtocolBufferException malformed) {
      return new Bad<>(Reason.MALFORMED_FRAME);
    }
    if (content.getVersion() != WireLimits.PROTOCOL_VERSION) {
      return new Bad<>(Reason.WRONG_PROTOCOL_VERSION);
    }
    if (!content.getCluster().equals(bytes(cluster.hash()))) {
      return new Bad<>(Reason.WRONG_CLUSTER);
    }
    if (content.getSender() < 0 || content.getSender() >= cluster.operators()) {
      return new Bad<>(Reason.UNKNOWN_PEER);
    }
    if (content.getRound() < 1) {
      return new Bad<>(Reason.STALE_ROUND);
    }
    return decode(content.getDuty()).then(duty -> decode(content, duty));
  }

  private static Checked<Vote> decode(VoteContent content, DutyId duty) {
    Optional<VoteKind> kind = VoteKind.ofCode(content.getKind());
    if (kind.isEmpty()) {
      return new Bad<>(Reason.UNKNOWN_MESSAGE_TYPE);
    }
    boolean holdsValue = kind.get() != VoteKind.ROUND_CHANGE || content.getPreparedRound() != 0;
    boolean isPreparedInRange =
        kind.get() == VoteKind.ROUND_CHANGE
            ? content.getPreparedRound() >= 0
            : content.getPreparedRound() == 0;
    if (!isPreparedInRange || content.getValue().size() != (holdsValue ? 32 : 0)) {
      return new Bad<>(Reason.MALFORMED_FRAME);
    }
    int sender = content.getSender();
    int round = content.getRound();
    Bytes32 value = holdsValue ? Bytes32.of(content.getValue().toByteArray()) : Bytes32.ZERO;
    return new Good<>(
        switch (kind.get()) {
          case PRE_PREPARE -> new Vote.PrePrepare(duty, sender, round, value);
          case PREPARE -> new Vote.Prepare(duty, sender, round, value);
          case COMMIT -> new Vote.Commit(duty, sender, round, value);
          case ROUND_CHANGE ->
              new Vote.RoundChange(
                  duty,
                  sender,
                  round,
                  holdsValue
                      ? Optional.of(new Prepared(content.getPreparedRound(), value))
                      : Optional.empty());
        });
  }

  Checked<DutyId> decode(Duty duty) {
    Optional<DutyType> type = DutyType.ofCode(duty.getType());
    if (type.isEmpty()) {
      return new Bad<>(
          duty.getType() == DutyType.DEPRECATED_CODE
              ? Reason.DEPRECATED_DUTY
              : Reason.UNKNOWN_MESSAGE_TYPE);
    }
    if (duty.getSlot() < 0) {
      return new Bad<>(Reason.MALFORMED_FRAME);
    }
    if (duty.getValidator() < 0
        || duty.getValidator() >= cluster.validators()
        || duty.getPart() < 0
        || duty.getPart() >= type.get().parts()) {
      return new Bad<>(Reason.UNKNOWN_DUTY);
    }
    return new Good<>(new DutyId(type.get(), duty.getSlot(), duty.getValidator(), duty.getPart()));
  }

  private static ByteString bytes(Bytes32 hash) {
    return UnsafeByteOperations.unsafeWrap(hash.toArray());
  }
}
