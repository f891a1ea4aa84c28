/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.duty.Reason;
import java.util.function.Function;

/** A value that stood up to a check, or the reason why none did. */
sealed interface Checked<T> {
  record Good<T>(T value) implements Checked<T> {}

  record Bad<T>(Reason reason) implements Checked<T> {}

  default <R> Checked<R> then(Function<T, Checked<R>> next) {
    return switch (this) {
      case Good<T>(T value) -> next.apply(value);
      case Bad<T>(Reason reason) -> new Bad<>(reason);
    };
  }
}
