/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.fault;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Kinds of fault, as {@code --faults} names them. */
public enum FaultKind {
  LOSS("messages are lost"),
  DUPLICATION("messages come twice"),
  DELAY("messages are late and overtake one another"),
  PARTITION("operators are in two halves that do not hear each other"),
  ONE_WAY("some hear others that do not hear them"),
  BRIDGE("two halves hear each other only through one operator"),
  SWIZZLE("operators are cut off one after the other, and come back in another order"),
  CRASH("a pod dies right before or after it writes or sends"),
  POWER("an operator loses all pods and every write that was not forced"),
  DISK("a write fails, and nobody is told whether it happened"),
  TWINS("two pods of one operator both run the validator"),
  HAND_OVER("the validator moves to another pod"),
  RESTORE("an operator goes on from an old backup"),
  CLOCK("clocks are off, run at other speeds, and are set"),
  BEACON("beacon nodes disagree, lag, lie, reorganise and refuse"),
  SERVICE("an operator's own services fail, lose answers, or are slow"),
  TREASON("operators lie");

  private final String meaning;

  FaultKind(String meaning) {
    this.meaning = meaning;
  }

  public String meaning() {
    return meaning;
  }

  /** {@code hand-over}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<FaultKind> ofLabel(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label().equals(label)).findFirst();
  }
}
