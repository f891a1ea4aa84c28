/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** {@code GET /v1/peers}: the other operators, in the order of the cluster file. */
public record PeersView(List<Peer> peers) {

  /**
   * One other operator, as this pod sees it.
   *
   * @param linked whether the link to it is up
   * @param pod which of its pods is at the other end; absent before the first probe came back
   * @param clockOffsetMillis how far its clock is ahead of this pod's, give or take half the round
   *     trip
   * @param framesDropped not sent because the link was down or its queue full
   * @param refusals of its messages, frames and connections, by reason
   */
  public record Peer(
      int position,
      String name,
      String address,
      boolean linked,
      Optional<String> pod,
      Optional<String> release,
      OptionalDouble roundTripMillis,
      OptionalLong clockOffsetMillis,
      long framesSent,
      long bytesSent,
      long framesReceived,
      long bytesReceived,
      long framesDropped,
      long linksOpened,
      Map<String, Long> refusals,
      Participation participation) {}

  /**
   * @param duties that this pod completed recently; each counts once its validator has a later one,
   *     since only then late partial signatures are known
   * @param partials those of them in which a partial signature of the operator was used or arrived
   * @param late those of these in which the group's signature was durable before
   * @param delayMillis half of them came within so long after their duties were due; absent if none
   *     came
   */
  public record Participation(int duties, int partials, int late, OptionalLong delayMillis) {}
}
