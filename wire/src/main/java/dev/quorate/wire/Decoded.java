/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.Reason;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a received frame held.
 *
 * @param messages verified, in the order votes, decisions, partial signatures, statuses, chunks,
 *     pulls
 * @param refusals how many messages were refused, by reason in its order; a frame refused as a
 *     whole counts once
 * @param signaturesVerified how many signature checks it cost
 * @param head what the peer says its head is
 * @param probe to be sent back
 */
public record Decoded(
    List<DutyMessage> messages,
    Map<Reason, Integer> refusals,
    int signaturesVerified,
    Optional<HeadView> head,
    Optional<Probe> probe) {
  public Decoded {
    messages = List.copyOf(messages);
    refusals = Collections.unmodifiableMap(new TreeMap<>(refusals));
  }

  /** Nothing but a probe was in the frame. */
  public boolean isProbeOnly() {
    return probe.isPresent() && messages.isEmpty() && refusals.isEmpty() && head.isEmpty();
  }

  static Decoded refused(Reason reason) {
    return new Decoded(List.of(), Map.of(reason, 1), 0, Optional.empty(), Optional.empty());
  }
}
