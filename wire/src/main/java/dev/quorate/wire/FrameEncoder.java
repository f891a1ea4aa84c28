/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Turns what entities want said into frames: one signature for up to {@link
 * WireLimits#BATCH_LEAVES_MAX} votes, the same bytes for all peers, and what several messages share
 * only once. Called by the peer links, once per flush.
 */
public final class FrameEncoder {
  private final WireCluster cluster;
  private final int self;
  private final BatchSigner signer;
  private final VerifiedBatches verified;
  private final VoteCodec votes;

  /**
   * @param self this operator's position in the cluster file
   * @param verified learns of the own batches, since others send own votes back as justifications
   */
  public FrameEncoder(WireCluster cluster, int self, BatchSigner signer, VerifiedBatches verified) {
    this.cluster = cluster;
    this.self = self;
    this.signer = signer;
    this.verified = verified;
    this.votes = new VoteCodec(cluster);
  }

  public Flush encode(List<Outgoing> items) {
    return encode(items, Optional.empty());
  }

  /**
   * @param head for every other operator; the link vouches for it, as for a status
   * @throws IllegalArgumentException if an item is another operator's, does not fit into any frame,
   *     or holds a vote whose proof is not of this package: a bug of the caller's
   */
  public Flush encode(List<Outgoing> items, Optional<HeadView> head) {
    List<FrameDraft> broadcast = new ArrayList<>(head.map(FrameDraft::of).stream().toList());
    Map<Integer, List<FrameDraft>> unicast = new TreeMap<>();
    for (Outgoing item : items) {
      switch (item) {
        case Outgoing.Cast cast -> {
          requireOwn(cast.vote().sender());
          Bytes vote = votes.encode(cast.vote());
          FrameDraft.addTo(broadcast, draft -> draft.add(cast, vote));
        }
        case Outgoing.Broadcast(DutyMessage message) -> {
          requireOwn(message.sender());
          FrameDraft.addTo(broadcast, draft -> draft.add(message));
        }
        case Outgoing.Unicast(int operator, DutyMessage message) -> {
          requireOwn(message.sender());
          FrameDraft.addTo(
              unicast.computeIfAbsent(operator, _ -> new ArrayList<>()),
              draft -> draft.add(message));
        }
      }
    }
    List<Bytes> frames = new ArrayList<>();
    List<QbftMessage.Cast> own = new ArrayList<>();
    int signatures = 0;
    for (FrameDraft draft : broadcast) {
      if (draft.leaves().isEmpty()) {
        frames.add(draft.close(Optional.empty()));
      } else {
        Batch batch = sign(draft, own);
        signatures++;
        frames.add(draft.close(Optional.of(batch.signature())));
      }
    }
    Map<Integer, List<Bytes>> unicastFrames = new TreeMap<>();
    unicast.forEach((operator, drafts) ->
        unicastFrames.put(
            operator, drafts.stream().map(draft -> draft.close(Optional.empty())).toList()));
    return new Flush(frames, unicastFrames, own, signatures);
  }

  private void requireOwn(int sender) {
    if (sender != self) {
      throw new IllegalArgumentException("a message of operator " + sender + ", not " + self);
    }
  }

  /** Signs the draft's leaves and adds their casts, now with proofs, to {@code own}. */
  private Batch sign(FrameDraft draft, List<QbftMessage.Cast> own) {
    List<Bytes> leaves = draft.leaves();
    MerkleTree tree = MerkleTree.of(leaves);
    Bytes32 root = tree.root();
    Bytes signature = signer.sign(Batch.content(cluster.hash(), self, leaves.size(), root));
    Batch batch = new Batch(self, leaves.size(), root, signature);
    verified.add(batch);
    for (int i = 0; i < leaves.size(); i++) {
      Outgoing.Cast cast = draft.casts().get(i);
      InclusionProof proof = new InclusionProof(leaves.get(i), i, tree.path(i), batch);
      own.add(
          new QbftMessage.Cast(
              new SignedVote(cast.vote(), proof), cast.justification(), cast.value()));
    }
    return batch;
  }
}
