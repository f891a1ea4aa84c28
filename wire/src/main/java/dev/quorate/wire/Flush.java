/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.qbft.QbftMessage;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What becomes of the items of one flush.
 *
 * @param broadcast frames for every other operator, the same bytes for all
 * @param unicast further frames by operator, in its order
 * @param own this operator's votes with their proofs, to be handed back to its own entities
 * @param signatures how many were made
 */
public record Flush(
    List<Bytes> broadcast,
    Map<Integer, List<Bytes>> unicast,
    List<QbftMessage.Cast> own,
    int signatures) {
  public Flush {
    broadcast = List.copyOf(broadcast);
    unicast = Collections.unmodifiableMap(new TreeMap<>(unicast));
    own = List.copyOf(own);
  }
}
