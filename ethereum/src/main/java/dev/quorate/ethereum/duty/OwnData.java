/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import java.util.List;
import java.util.function.Predicate;

/** What own beacon nodes say to a proposal. */
public final class OwnData {
  private OwnData() {}

  /**
   * Accepted if one of {@code own} agrees; nodes that do not, or say nothing, may later.
   *
   * @param otherwise the reason if none agrees
   */
  public static <T> Verdict confirm(List<T> own, Predicate<T> agrees, Reason otherwise) {
    if (own.isEmpty()) {
      return new Verdict.Unconfirmed(Reason.NO_OWN_DATA);
    }
    return own.stream().anyMatch(agrees)
        ? new Verdict.Accepted()
        : new Verdict.Unconfirmed(otherwise);
  }
}
