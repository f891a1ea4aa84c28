/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import java.util.Optional;
import java.util.function.Function;

/** All that a rule can know of a value without own data. */
public sealed interface Reading<T> {
  record Understood<T>(T content) implements Reading<T> {}

  record Refused<T>(Reason reason) implements Reading<T> {}

  /** Refused for good, or what {@code compare} says to the content. */
  default Verdict judge(Function<T, Verdict> compare) {
    return switch (this) {
      case Understood<T>(T content) -> compare.apply(content);
      case Refused<T>(Reason reason) -> new Verdict.Refused(reason);
    };
  }

  default Optional<T> understood() {
    return switch (this) {
      case Understood<T>(T content) -> Optional.of(content);
      case Refused<T> _ -> Optional.empty();
    };
  }
}
