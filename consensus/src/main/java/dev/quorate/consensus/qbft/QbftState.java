/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import java.util.List;
import java.util.Optional;

/** Where one instance stands. Immutable; only {@link Qbft} makes one from another. */
public sealed interface QbftState permits Undecided, Settled {
  static QbftState initial() {
    return Undecided.INITIAL;
  }

  /** The last round that was entered; 0 before {@link QbftInput.Start}. */
  int round();

  default boolean hasStarted() {
    return round() > 0;
  }

  /** Did any justified proposal arrive? */
  boolean sawProposal();

  Optional<Decision> decision();

  /**
   * What a peer that lost frames needs: the own votes of the current round, with justification and
   * value. Empty once decided, when the {@link #decision} says it all.
   */
  List<QbftMessage.Cast> ownMessages();
}
