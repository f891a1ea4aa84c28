/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.Reason;
import java.util.List;
import java.util.Optional;

/** Who is at the end of a link: an honest operator, or a traitor. */
public interface Node {
  /** May others speak to it of this duty now? */
  Optional<Reason> window(DutyId duty);

  /**
   * @param messages of the operator at the other end, or its own coming back; their proofs verified
   */
  void take(int from, List<DutyMessage> messages);

  /** Something came of which it believes nothing. */
  void refuse(int from, Reason reason);
}
