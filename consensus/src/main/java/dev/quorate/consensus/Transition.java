/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

import java.util.List;

/** What a step gives: the next state, and what the driver must do, in this order. */
public record Transition<S, O>(S state, List<O> outputs) {
  public Transition {
    outputs = List.copyOf(outputs);
  }

  public static <S, O> Transition<S, O> to(S state) {
    return new Transition<>(state, List.of());
  }
}
