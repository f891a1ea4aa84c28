/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.Checked.Bad;
import dev.quorate.wire.Checked.Good;
import dev.quorate.wire.proto.Cast;
import dev.quorate.wire.proto.Chunk;
import dev.quorate.wire.proto.Decided;
import dev.quorate.wire.proto.Duty;
import dev.quorate.wire.proto.Frame;
import dev.quorate.wire.proto.Partial;
import dev.quorate.wire.proto.ProvenVote;
import dev.quorate.wire.proto.Pull;
import dev.quorate.wire.proto.Seal;
import dev.quorate.wire.proto.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gate for everything that another operator says. Any bytes give messages, refusals or both, in
 * bounded time and memory, and never an exception. What passes is of this protocol version and
 * cluster, of a duty in its window, from the operator at the other end of the link, and every vote
 * in it, nested ones too, is proven to be its sender's. A message that is refused does not take
 * others of its frame with it, unless the frame breaks a bound or the one signature that they share
 * is bad.
 *
 * <p>Safe for use by several threads.
 */
public final class FrameDecoder {
  private static final Parser<Frame> PARSER = DiscardUnknownFieldsParser.wrap(Frame.parser());

  /** A duty in an entry in a frame. */
  private static final int NESTING_MAX = 3;

  private static final int HASH_BYTES = 32;

  private final WireCluster cluster;
  private final VerifiedBatches verified;
  private final DutyWindow window;
  private final VoteCodec votes;

  public FrameDecoder(WireCluster cluster, VerifiedBatches verified, DutyWindow window) {
    this.cluster = cluster;
    this.verified = verified;
    this.window = window;
    this.votes = new VoteCodec(cluster);
  }

  /**
   * @param operator who is at the other end of the link, as its key proved
   * @param frame without length prefix; not changed by the caller any more
   */
  public Decoded decode(int operator, byte[] frame) {
    if (frame.length > WireLimits.FRAME_BYTES_MAX) {
      return Decoded.refused(Reason.MALFORMED_FRAME);
    }
    try {
      if (!isBounded(input(frame))) {
        return Decoded.refused(Reason.MALFORMED_FRAME);
      }
      return new Reading(operator, PARSER.parseFrom(input(frame))).read();
    } catch (IOException malformed) {
      return Decoded.refused(Reason.MALFORMED_FRAME);
    }
  }

  private static CodedInputStream input(byte[] frame) {
    CodedInputStream input = UnsafeByteOperations.unsafeWrap(frame).newCodedInput();
    input.enableAliasing(true);
    input.setRecursionLimit(NESTING_MAX);
    return input;
  }

  /** Counts and measures before anything is allocated. */
  private static boolean isBounded(CodedInputStream input) throws IOException {
    int entries = 0;
    int leaves = 0;
    int seals = 0;
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      entries++;
      leaves += field == Frame.LEAVES_FIELD_NUMBER ? 1 : 0;
      seals += field == Frame.SEALS_FIELD_NUMBER ? 1 : 0;
      if (!input.skipField(tag)
          || entries > WireLimits.FRAME_ENTRIES_MAX
          || leaves > WireLimits.BATCH_LEAVES_MAX
          || seals > WireLimits.FRAME_SEALS_MAX) {
        return false;
      }
    }
    return true;
  }

  /** One frame on its way through the checks; votes, values and seals are looked at when needed. */
  private final class Reading {
    private final int operator;
    private final Frame frame;
    private final byte[] hashes;
    private final List<DutyMessage> messages = new ArrayList<>();
    private final Map<Reason, Integer> refusals = new EnumMap<>(Reason.class);
    private final Map<Integer, Checked<Value>> values = new HashMap<>();
    private final Map<Integer, Checked<Batch>> seals = new HashMap<>();
    private final Map<Integer, Checked<SignedVote>> proven = new HashMap<>();
    private List<Checked<SignedVote>> leaves = List.of();
    private int signaturesVerified;
    private boolean foundForgedSeal;

    Reading(int operator, Frame frame) {
      this.operator = operator;
      this.frame = frame;
      this.hashes = frame.getHashes().toByteArray();
    }

    Decoded read() {
      if (frame.getLeavesCount() > 0) {
        leaves = leaves();
      }
      frame.getCastsList().forEach(entry -> take(cast(entry)));
      frame.getDecisionsList().forEach(entry -> take(decided(entry)));
      frame.getPartialsList().forEach(entry -> take(partial(entry)));
      frame.getStatusesList().forEach(entry -> take(status(entry)));
      frame.getChunksList().forEach(entry -> take(chunk(entry)));
      frame.getPullsList().forEach(entry -> take(pull(entry)));
      Optional<HeadView> head = frame.hasHead() ? head(frame.getHead()) : Optional.empty();
      return new Decoded(
          messages,
          refusals,
          signaturesVerified,
          head,
          frame.hasProbe() ? Optional.of(new Probe(frame.getProbe())) : Optional.empty());
    }

    private void take(Checked<? extends DutyMessage> message) {
      switch (message) {
        case Good<? extends DutyMessage>(DutyMessage value) -> messages.add(value);
        case Bad<? extends DutyMessage>(Reason reason) -> refuse(reason);
      }
    }

    private void refuse(Reason reason) {
      refusals.merge(reason, 1, Integer::sum);
    }

    /** One entry, whatever the frame's size: a peer has one head at a time. */
    private Optional<HeadView> head(dev.quorate.wire.proto.HeadView entry) {
      if (entry.getSlot() < 0 || entry.getRoot().size() != HASH_BYTES) {
        refuse(Reason.MALFORMED_FRAME);
        return Optional.empty();
      }
      HeadView view = new HeadView(entry.getSlot(), Bytes32.of(entry.getRoot().toByteArray()));
      Optional<Reason> refusal = window.refusal(view.duty());
      refusal.ifPresent(this::refuse);
      return refusal.isPresent() ? Optional.empty() : Optional.of(view);
    }

    private Checked<DutyMessage> cast(Cast entry) {
      Checked<SignedVote> signed =
          switch (entry.getVoteCase()) {
            case LEAF -> at(leaves, entry.getLeaf());
            case PROVEN -> proven(entry.getProven());
            case VOTE_NOT_SET -> new Bad<>(Reason.MALFORMED_FRAME);
          };
      return signed
          .then(vote -> vote.vote().sender() == operator ? signed : new Bad<>(Reason.WRONG_SENDER))
          .then(vote -> inWindow(vote.vote().duty()).then(_ -> signed))
          .then(vote -> cast(entry, vote));
    }

    private Checked<DutyMessage> cast(Cast entry, SignedVote signed) {
      Checked<Optional<Value>> value =
          entry.getValueApart()
              ? apart(signed.vote().value()).then(v -> new Good<>(Optional.of(v)))
              : entry.hasValue()
                  ? value(entry.getValue()).then(v -> new Good<>(Optional.of(v)))
                  : new Good<>(Optional.empty());
      return value.then(content ->
          nested(
                  entry.getJustificationList(),
                  // n ROUND-CHANGEs and n PREPAREs are all that any message needs.
                  2 * cluster.operators(),
                  signed.vote().duty())
              .then(votes ->
                  new Good<>(
                      new DutyMessage.Agreement(new QbftMessage.Cast(signed, votes, content)))));
    }

    private Checked<DutyMessage> decided(Decided entry) {
      if (entry.getRound() < 1) {
        return new Bad<>(Reason.STALE_ROUND);
      }
      return duty(entry.getDuty())
          .then(duty ->
              nested(entry.getCommitsList(), cluster.operators(), duty)
                  .then(commits ->
                      decidedValue(entry, commits)
                          .then(value ->
                              new Good<>(
                                  new DutyMessage.Agreement(
                                      new QbftMessage.Decided(
                                          duty,
                                          operator,
                                          new Decision(entry.getRound(), value, commits)))))));
    }

    private Checked<Value> decidedValue(Decided entry, List<SignedVote> commits) {
      if (!entry.getValueApart()) {
        return value(entry.getValue());
      }
      return commits.isEmpty()
          ? new Bad<>(Reason.MALFORMED_FRAME)
          : apart(commits.getFirst().vote().value());
    }

    /** That the hash is one that a vote names spares asking for what nobody voted for. */
    private static Checked<Value> apart(Bytes32 hash) {
      return hash.equals(Bytes32.ZERO)
          ? new Bad<>(Reason.MALFORMED_FRAME)
          : new Good<>(Value.named(hash));
    }

    private Checked<DutyMessage> chunk(Chunk entry) {
      long end = (long) entry.getOffset() + WireLimits.CHUNK_BYTES;
      if (entry.getValue().size() != HASH_BYTES
          || entry.getSize() < 1
          || entry.getSize() > Value.BYTES_MAX
          || !isChunkStart(entry.getOffset(), entry.getSize())
          || entry.getContent().size() != Math.min(end, entry.getSize()) - entry.getOffset()) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      return duty(entry.getDuty())
          .then(duty ->
              new Good<>(
                  new DutyMessage.Chunk(
                      duty,
                      operator,
                      Bytes32.of(entry.getValue().toByteArray()),
                      entry.getSize(),
                      entry.getOffset(),
                      copy(entry.getContent()))));
    }

    private Checked<DutyMessage> pull(Pull entry) {
      if (entry.getValue().size() != HASH_BYTES
          || !isChunkStart(entry.getFrom(), Value.BYTES_MAX)) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      return duty(entry.getDuty())
          .then(duty ->
              new Good<>(
                  new DutyMessage.Pull(
                      duty,
                      operator,
                      Bytes32.of(entry.getValue().toByteArray()),
                      entry.getFrom())));
    }

    private static boolean isChunkStart(int offset, int size) {
      return offset >= 0 && offset < size && offset % WireLimits.CHUNK_BYTES == 0;
    }

    private Checked<DutyMessage> partial(Partial entry) {
      if (entry.getSignature().size() != WireLimits.PARTIAL_BYTES) {
        return new Bad<>(Reason.BAD_PARTIAL);
      }
      return duty(entry.getDuty())
          .then(duty ->
              hash(entry.getRoot())
                  .then(root ->
                      new Good<>(
                          new DutyMessage.Partial(
                              duty, operator, root, copy(entry.getSignature())))));
    }

    private Checked<DutyMessage> status(Status entry) {
      if (entry.getRound() < 0) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      Checked<Optional<Bytes32>> decided =
          entry.hasDecided()
              ? hash(entry.getDecided()).then(hash -> new Good<>(Optional.of(hash)))
              : new Good<>(Optional.empty());
      return duty(entry.getDuty())
          .then(duty ->
              decided.then(hash ->
                  new Good<>(
                      new DutyMessage.Status(
                          duty, operator, entry.getRound(), hash, entry.getPartials()))));
    }

    private Checked<DutyId> duty(Duty duty) {
      return votes.decode(duty).then(this::inWindow);
    }

    private Checked<DutyId> inWindow(DutyId duty) {
      Optional<Reason> refusal = window.refusal(duty);
      return refusal.isPresent() ? new Bad<>(refusal.get()) : new Good<>(duty);
    }

    /** The votes of this frame's own batch: one signature decides on all of them. */
    private List<Checked<SignedVote>> leaves() {
      List<Bytes> content = frame.getLeavesList().stream().map(FrameDecoder::copy).toList();
      MerkleTree tree = MerkleTree.of(content);
      Batch batch = new Batch(operator, content.size(), tree.root(), copy(frame.getSignature()));
      if (!isSigned(batch)) {
        return content.stream()
            .<Checked<SignedVote>>map(_ -> new Bad<>(Reason.BAD_SIGNATURE))
            .toList();
      }
      List<Checked<SignedVote>> checked = new ArrayList<>(content.size());
      for (int i = 0; i < content.size(); i++) {
        Bytes bytes = content.get(i);
        InclusionProof proof = new InclusionProof(bytes, i, tree.path(i), batch);
        checked.add(votes.decode(bytes).then(vote -> new Good<>(new SignedVote(vote, proof))));
      }
      return checked;
    }

    private boolean isSigned(Batch batch) {
      if (verified.contains(batch)) {
        return true;
      }
      if (batch.signature().size() != WireLimits.SIGNATURE_BYTES) {
        return false;
      }
      byte[] content =
          Batch.content(cluster.hash(), batch.sender(), batch.leafCount(), batch.root());
      signaturesVerified++;
      boolean signed = cluster.verifier().verifies(batch.sender(), content, batch.signature());
      if (signed) {
        verified.add(batch);
      }
      return signed;
    }

    private Checked<List<SignedVote>> nested(List<Integer> indices, int max, DutyId duty) {
      if (indices.size() > max) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      List<SignedVote> nested = new ArrayList<>(indices.size());
      for (int index : indices) {
        switch (proven(index)) {
          case Bad<SignedVote>(Reason reason) -> {
            return new Bad<>(reason);
          }
          case Good<SignedVote>(SignedVote vote) -> {
            if (!vote.vote().duty().equals(duty)) {
              return new Bad<>(Reason.WRONG_DUTY);
            }
            nested.add(vote);
          }
        }
      }
      return new Good<>(nested);
    }

    private Checked<SignedVote> proven(int index) {
      if (index < 0 || index >= frame.getProvenCount()) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      return proven.computeIfAbsent(index, _ -> prove(frame.getProven(index)));
    }

    private Checked<SignedVote> prove(ProvenVote entry) {
      Bytes bytes = copy(entry.getVote());
      return votes
          .decode(bytes)
          .then(vote ->
              path(entry)
                  .then(path ->
                      seal(entry.getSeal()).then(batch -> prove(entry, vote, bytes, path, batch))));
    }

    private Checked<SignedVote> prove(
        ProvenVote entry, Vote vote, Bytes bytes, Bytes path, Batch batch) {
      if (vote.sender() != batch.sender()) {
        return new Bad<>(Reason.WRONG_SENDER);
      }
      Optional<Bytes32> root = MerkleTree.root(bytes, entry.getIndex(), batch.leafCount(), path);
      if (root.isEmpty() || !root.get().equals(batch.root())) {
        return new Bad<>(Reason.BAD_INCLUSION_PROOF);
      }
      return new Good<>(
          new SignedVote(vote, new InclusionProof(bytes, entry.getIndex(), path, batch)));
    }

    private Checked<Bytes> path(ProvenVote entry) {
      if (entry.getPathCount() > Integer.numberOfTrailingZeros(WireLimits.BATCH_LEAVES_MAX)) {
        return new Bad<>(Reason.BAD_INCLUSION_PROOF);
      }
      byte[] path = new byte[entry.getPathCount() * HASH_BYTES];
      for (int i = 0; i < entry.getPathCount(); i++) {
        int index = entry.getPath(i);
        if (index < 0 || index >= hashes.length / HASH_BYTES) {
          return new Bad<>(Reason.MALFORMED_FRAME);
        }
        System.arraycopy(hashes, index * HASH_BYTES, path, i * HASH_BYTES, HASH_BYTES);
      }
      return new Good<>(Bytes.wrap(path));
    }

    private Checked<Batch> seal(int index) {
      if (index < 0 || index >= frame.getSealsCount()) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      return seals.computeIfAbsent(index, _ -> batch(frame.getSeals(index)));
    }

    private Checked<Batch> batch(Seal seal) {
      if (seal.getSender() < 0 || seal.getSender() >= cluster.operators()) {
        return new Bad<>(Reason.UNKNOWN_PEER);
      }
      if (seal.getLeafCount() < 1
          || seal.getLeafCount() > WireLimits.BATCH_LEAVES_MAX
          || seal.getRoot().size() != HASH_BYTES) {
        return new Bad<>(Reason.BAD_INCLUSION_PROOF);
      }
      Batch batch =
          new Batch(
              seal.getSender(),
              seal.getLeafCount(),
              Bytes32.of(seal.getRoot().toByteArray()),
              copy(seal.getSignature()));
      // An honest operator checked whatever it passes on: after one lie a frame costs no second
      // check.
      if (foundForgedSeal || !isSigned(batch)) {
        foundForgedSeal = true;
        return new Bad<>(Reason.BAD_SIGNATURE);
      }
      return new Good<>(batch);
    }

    private Checked<Value> value(int index) {
      if (index < 0
          || index >= frame.getValuesCount()
          || frame.getValues(index).size() > Value.INLINE_BYTES_MAX) {
        return new Bad<>(Reason.MALFORMED_FRAME);
      }
      return values.computeIfAbsent(
          index, _ -> new Good<>(new Value(copy(frame.getValues(index)))));
    }

    private Checked<Bytes32> hash(int index) {
      return index >= 0 && index < hashes.length / HASH_BYTES
          ? new Good<>(Bytes32.of(hashes, index * HASH_BYTES))
          : new Bad<>(Reason.MALFORMED_FRAME);
    }

    private static <T> Checked<T> at(List<Checked<T>> entries, int index) {
      return index >= 0 && index < entries.size()
          ? entries.get(index)
          : new Bad<>(Reason.MALFORMED_FRAME);
    }
  }

  private static Bytes copy(ByteString content) {
    return Bytes.wrap(content.toByteArray());
  }
}
