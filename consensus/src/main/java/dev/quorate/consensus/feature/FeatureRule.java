/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.feature;

import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for {@link Features} of the cluster. An own value are the
 * features that a quorum has stated to this operator, itself included.
 */
public record FeatureRule() implements DutyRule {
  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  /**
   * Those that a quorum can, and none that this operator has not heard enough of: of the honest
   * ones at least f+1 then can what is agreed, whatever liars state. A leader that has heard less
   * may propose fewer; what it leaves out is not used for an epoch.
   */
  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    Optional<Features> read = Features.read(proposed).filter(one -> one.has(Features.INFO_SYNC));
    if (read.isEmpty()) {
      return new Verdict.Refused(Reason.MALFORMED_VALUE);
    }
    if (own.isEmpty()) {
      return new Verdict.Unconfirmed(Reason.NO_OWN_DATA);
    }
    boolean isStated =
        own.stream()
            .flatMap(value -> Features.read(value).stream())
            .anyMatch(stated -> stated.names().containsAll(read.get().names()));
    return isStated ? new Verdict.Accepted() : new Verdict.Unconfirmed(Reason.UNSUPPORTED_FEATURE);
  }

  /** Nothing is signed. */
  @Override
  public Optional<Signable> signable(Value decided) {
    return Optional.empty();
  }
}
