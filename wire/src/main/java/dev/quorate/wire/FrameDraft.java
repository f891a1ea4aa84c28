/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.wire.proto.Cast;
import dev.quorate.wire.proto.Chunk;
import dev.quorate.wire.proto.Decided;
import dev.quorate.wire.proto.Frame;
import dev.quorate.wire.proto.Partial;
import dev.quorate.wire.proto.ProvenVote;
import dev.quorate.wire.proto.Pull;
import dev.quorate.wire.proto.Seal;
import dev.quorate.wire.proto.Status;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A frame being filled. Values, hashes, batches and nested votes that occur again are named by
 * their index. It takes an item whole or not at all; whether it fits is judged by what the item
 * costs if it shares nothing, so a frame may end somewhat early but never exceeds its bounds.
 */
final class FrameDraft {
  /** Tags, lengths and indices of one entry, and a duty: rounded up. */
  private static final int ENTRY_BYTES = 64;

  private static final int INDEX_BYTES = 3;
  private static final int HASH_BYTES = 32;

  private final Frame.Builder frame = Frame.newBuilder();
  private final ByteArrayOutputStream hashes = new ByteArrayOutputStream();
  private final Map<Bytes32, Integer> hashIndex = new HashMap<>();
  private final Map<Bytes32, Integer> valueIndex = new HashMap<>();
  private final Map<Batch, Integer> sealIndex = new HashMap<>();
  private final Map<InclusionProof, Integer> provenIndex = new HashMap<>();
  private final List<Outgoing.Cast> casts = new ArrayList<>();
  private final List<Bytes> leaves = new ArrayList<>();

  /** An upper bound of the frame's size so far. */
  private int bytes = ENTRY_BYTES + WireLimits.SIGNATURE_BYTES;

  private int entries;

  /**
   * Puts an item into the last of the drafts, or into a further one.
   *
   * @param item whether it fitted
   */
  static void addTo(List<FrameDraft> drafts, Predicate<FrameDraft> item) {
    if (!drafts.isEmpty() && item.test(drafts.getLast())) {
      return;
    }
    FrameDraft next = new FrameDraft();
    if (!item.test(next)) {
      throw new IllegalArgumentException("an item that fits into no frame");
    }
    drafts.add(next);
  }

  /** The casts whose votes are this frame's leaves, in their order. */
  List<Outgoing.Cast> casts() {
    return casts;
  }

  List<Bytes> leaves() {
    return leaves;
  }

  /**
   * @param vote the encoded vote of {@code cast}
   * @return whether it fitted
   */
  boolean add(Outgoing.Cast cast, Bytes vote) {
    if (leaves.size() == WireLimits.BATCH_LEAVES_MAX
        || !fits(vote.size() + ENTRY_BYTES, cast.justification(), cast.value())) {
      return false;
    }
    Cast.Builder entry = Cast.newBuilder().setLeaf(leaves.size());
    casts.add(cast);
    leaves.add(vote);
    frame.addLeaves(wrap(vote));
    spend(vote.size() + ENTRY_BYTES);
    addCast(entry, cast.justification(), cast.value());
    return true;
  }

  /**
   * @return whether it fitted
   */
  boolean add(DutyMessage message) {
    return switch (message) {
      case DutyMessage.Agreement(QbftMessage.Cast cast) -> add(cast);
      case DutyMessage.Agreement(QbftMessage.Decided decided) -> add(decided);
      case DutyMessage.Partial partial -> add(partial);
      case DutyMessage.Status status -> add(status);
      case DutyMessage.Chunk chunk -> add(chunk);
      case DutyMessage.Pull pull -> add(pull);
    };
  }

  private boolean add(QbftMessage.Cast cast) {
    List<SignedVote> nested = new ArrayList<>(cast.justification());
    nested.add(cast.signed());
    if (!fits(ENTRY_BYTES, nested, cast.value())) {
      return false;
    }
    addCast(Cast.newBuilder().setProven(proven(cast.signed())), cast.justification(), cast.value());
    return true;
  }

  private void addCast(Cast.Builder entry, List<SignedVote> justification, Optional<Value> value) {
    value
        .filter(Value::isApart)
        .ifPresentOrElse(
            _ -> entry.setValueApart(true),
            () -> value.ifPresent(content -> entry.setValue(value(content))));
    justification.forEach(nested -> entry.addJustification(proven(nested)));
    frame.addCasts(entry);
    spend(ENTRY_BYTES + justification.size() * INDEX_BYTES);
  }

  private boolean add(QbftMessage.Decided decided) {
    List<SignedVote> commits = decided.decision().commits();
    if (!fits(ENTRY_BYTES, commits, Optional.of(decided.decision().value()))) {
      return false;
    }
    Decided.Builder entry =
        Decided.newBuilder()
            .setDuty(VoteCodec.encode(decided.duty()))
            .setRound(decided.decision().round());
    if (decided.decision().value().isApart()) {
      entry.setValueApart(true);
    } else {
      entry.setValue(value(decided.decision().value()));
    }
    commits.forEach(commit -> entry.addCommits(proven(commit)));
    frame.addDecisions(entry);
    spend(ENTRY_BYTES + commits.size() * INDEX_BYTES);
    return true;
  }

  private boolean add(DutyMessage.Partial partial) {
    int size = ENTRY_BYTES + partial.signature().size();
    if (!fits(size + HASH_BYTES, List.of(), Optional.empty())) {
      return false;
    }
    frame.addPartials(
        Partial.newBuilder()
            .setDuty(VoteCodec.encode(partial.duty()))
            .setRoot(hash(partial.root()))
            .setSignature(wrap(partial.signature())));
    spend(size);
    return true;
  }

  private boolean add(DutyMessage.Status status) {
    if (!fits(ENTRY_BYTES + HASH_BYTES, List.of(), Optional.empty())) {
      return false;
    }
    Status.Builder entry =
        Status.newBuilder()
            .setDuty(VoteCodec.encode(status.duty()))
            .setRound(status.round())
            .setPartials(status.partials());
    status.decided().ifPresent(decided -> entry.setDecided(hash(decided)));
    frame.addStatuses(entry);
    spend(ENTRY_BYTES);
    return true;
  }

  private boolean add(DutyMessage.Chunk chunk) {
    int size = ENTRY_BYTES + HASH_BYTES + chunk.content().size();
    if (!fits(size, List.of(), Optional.empty())) {
      return false;
    }
    frame.addChunks(
        Chunk.newBuilder()
            .setDuty(VoteCodec.encode(chunk.duty()))
            .setValue(UnsafeByteOperations.unsafeWrap(chunk.value().toArray()))
            .setSize(chunk.size())
            .setOffset(chunk.offset())
            .setContent(wrap(chunk.content())));
    spend(size);
    return true;
  }

  private boolean add(DutyMessage.Pull pull) {
    int size = ENTRY_BYTES + HASH_BYTES;
    if (!fits(size, List.of(), Optional.empty())) {
      return false;
    }
    frame.addPulls(
        Pull.newBuilder()
            .setDuty(VoteCodec.encode(pull.duty()))
            .setValue(UnsafeByteOperations.unsafeWrap(pull.value().toArray()))
            .setFrom(pull.from()));
    spend(size);
    return true;
  }

  /** Ahead of all else, and once. */
  static FrameDraft of(HeadView head) {
    FrameDraft draft = new FrameDraft();
    draft.frame.setHead(
        dev.quorate.wire.proto.HeadView.newBuilder()
            .setSlot(head.slot())
            .setRoot(UnsafeByteOperations.unsafeWrap(head.root().toArray())));
    draft.spend(ENTRY_BYTES);
    return draft;
  }

  Bytes close(Optional<Bytes> signature) {
    signature.ifPresent(content -> frame.setSignature(wrap(content)));
    byte[] encoded =
        frame
            .setHashes(UnsafeByteOperations.unsafeWrap(hashes.toByteArray()))
            .build()
            .toByteArray();
    if (encoded.length > WireLimits.FRAME_BYTES_MAX) {
      throw new IllegalStateException(encoded.length + " bytes, thought to be at most " + bytes);
    }
    return Bytes.wrap(encoded);
  }

  private boolean fits(int size, List<SignedVote> nested, Optional<Value> value) {
    int cost =
        size + ENTRY_BYTES + value.filter(v -> !v.isApart()).map(v -> v.content().size()).orElse(0);
    for (SignedVote vote : nested) {
      InclusionProof proof = proof(vote);
      int pathIndices = proof.path().size() / HASH_BYTES * INDEX_BYTES;
      cost += proof.vote().size() + proof.path().size() + pathIndices;
      cost += 3 * ENTRY_BYTES + HASH_BYTES + WireLimits.SIGNATURE_BYTES;
    }
    return bytes + cost <= WireLimits.FRAME_BYTES_MAX
        && entries + 3 + 2 * nested.size() <= WireLimits.FRAME_ENTRIES_MAX
        && sealIndex.size() + nested.size() <= WireLimits.FRAME_SEALS_MAX;
  }

  private void spend(int size) {
    bytes += size;
    entries++;
  }

  private int value(Value value) {
    return valueIndex.computeIfAbsent(
        value.hash(),
        _ -> {
          spend(ENTRY_BYTES + value.content().size());
          frame.addValues(wrap(value.content()));
          return frame.getValuesCount() - 1;
        });
  }

  private int hash(Bytes32 hash) {
    return hashIndex.computeIfAbsent(
        hash,
        _ -> {
          bytes += HASH_BYTES;
          hashes.writeBytes(hash.toArray());
          return hashIndex.size();
        });
  }

  private int proven(SignedVote vote) {
    return provenIndex.computeIfAbsent(
        proof(vote),
        proof -> {
          byte[] path = proof.path().toArray();
          ProvenVote.Builder entry =
              ProvenVote.newBuilder()
                  .setVote(wrap(proof.vote()))
                  .setSeal(seal(proof.batch()))
                  .setIndex(proof.index());
          for (int i = 0; i < path.length; i += HASH_BYTES) {
            entry.addPath(hash(Bytes32.of(path, i)));
          }
          spend(ENTRY_BYTES + proof.vote().size() + entry.getPathCount() * INDEX_BYTES);
          frame.addProven(entry);
          return frame.getProvenCount() - 1;
        });
  }

  private int seal(Batch batch) {
    return sealIndex.computeIfAbsent(
        batch,
        _ -> {
          spend(ENTRY_BYTES + HASH_BYTES + WireLimits.SIGNATURE_BYTES);
          frame.addSeals(
              Seal.newBuilder()
                  .setSender(batch.sender())
                  .setLeafCount(batch.leafCount())
                  .setRoot(UnsafeByteOperations.unsafeWrap(batch.root().toArray()))
                  .setSignature(wrap(batch.signature())));
          return frame.getSealsCount() - 1;
        });
  }

  private static InclusionProof proof(SignedVote vote) {
    if (vote.proof() instanceof InclusionProof proof) {
      return proof;
    }
    throw new IllegalArgumentException("a vote without an inclusion proof: " + vote.vote());
  }

  private static ByteString wrap(Bytes content) {
    return UnsafeByteOperations.unsafeWrap(content.toArray());
  }
}
