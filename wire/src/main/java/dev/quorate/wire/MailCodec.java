/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How verified messages get from the pod that took them in to the pod whose entity they are for: as
 * frames, decoded within the same bounds as a peer's. Signatures were checked where the messages
 * came in and are not checked again, so what is decoded here must come from an own pod. Every vote
 * keeps its proof, and is as good a justification as before.
 */
public final class MailCodec {
  private final int operators;
  private final FrameDecoder decoder;

  /**
   * @param operators how many the cluster has
   * @param validators how many the cluster has
   */
  public MailCodec(Bytes32 clusterHash, int operators, int validators) {
    this.operators = operators;
    this.decoder =
        new FrameDecoder(
            new WireCluster(clusterHash, operators, validators, (_, _, _) -> true),
            new VerifiedBatches(operators),
            _ -> Optional.empty());
  }

  /**
   * @param messages all of one sender
   * @return frames of at most {@link WireLimits#FRAME_BYTES_MAX} bytes
   * @throws IllegalArgumentException if the senders differ, or a vote has no inclusion proof
   */
  public List<Bytes> encode(List<DutyMessage> messages) {
    if (messages.stream().mapToInt(DutyMessage::sender).distinct().count() > 1) {
      throw new IllegalArgumentException("mail of several senders");
    }
    List<FrameDraft> drafts = new ArrayList<>();
    messages.forEach(message -> FrameDraft.addTo(drafts, draft -> draft.add(message)));
    return drafts.stream().map(draft -> draft.close(Optional.empty())).toList();
  }

  /** Whether the cluster has an operator at this position. */
  public boolean hasOperator(int operator) {
    return operator >= 0 && operator < operators;
  }

  /**
   * @return empty if the frame, or a message in it, is none that {@link #encode} makes
   */
  public Optional<List<DutyMessage>> decode(int sender, Bytes frame) {
    if (!hasOperator(sender)) {
      return Optional.empty();
    }
    Decoded decoded = decoder.decode(sender, frame.toArray());
    return decoded.refusals().isEmpty() ? Optional.of(decoded.messages()) : Optional.empty();
  }
}
