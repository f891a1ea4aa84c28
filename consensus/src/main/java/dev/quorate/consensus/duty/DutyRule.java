/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Value;
import java.util.List;
import java.util.Optional;

/**
 * What a duty type knows about its values, as pure functions bound to one duty. Implemented where
 * the types live; the machine only asks.
 */
public interface DutyRule {
  /**
   * What every operator signs where there is nothing to choose, and so nothing to agree on.
   *
   * @return empty if operators agree on a value
   */
  Optional<Value> given();

  /**
   * May this operator vote for {@code proposed}?
   *
   * @param own what this operator's own beacon nodes would have it sign, best first; empty while
   *     nothing was fetched
   */
  Verdict judge(Value proposed, List<Value> own);

  /**
   * What signing a value means. Only called with values that a quorum decided, or that are given,
   * and never where nothing is signed ({@link DutyType#isSigned}).
   *
   * @return empty if the bytes are no value of this duty
   */
  Optional<Signable> signable(Value decided);

  /** The answer of {@link #judge}. */
  sealed interface Verdict {
    record Accepted() implements Verdict {}

    /** Not now, but newer data of the own beacon nodes could change it. */
    record Unconfirmed(Reason reason) implements Verdict {}

    /** Never. */
    record Refused(Reason reason) implements Verdict {}
  }
}
