/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.Trace.Mark;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.simulation.fault.FaultKind;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The links between operators, with whatever is wrong with them. */
final class Network {
  private static final int DELAY_MILLIS_MAX = 12;
  private static final int STORM_DELAY_MILLIS_MAX = 3_000;

  private final Agenda agenda;
  private final Trace trace;
  private final SplittableRandom random;
  private final List<Fault.Cut> cuts = new ArrayList<>();
  private final List<Fault.Weather> weather = new ArrayList<>();

  Network(Agenda agenda, Trace trace, SplittableRandom random) {
    this.agenda = agenda;
    this.trace = trace;
    this.random = random;
  }

  void begin(Fault.Cut cut) {
    cuts.add(cut);
  }

  void end(Fault.Cut cut) {
    cuts.remove(cut);
  }

  void begin(Fault.Weather some) {
    weather.add(some);
  }

  void end(Fault.Weather some) {
    weather.remove(some);
  }

  void heal() {
    cuts.clear();
    weather.clear();
  }

  /** Brings something from one operator to another, late, twice or not at all. */
  void carry(int from, int to, Runnable arrival) {
    if (isCut(from, to) || happens(FaultKind.LOSS)) {
      trace.add(agenda.nowMillis(), to, Mark.DROP, from, () -> "what operator " + from + " sent");
      return;
    }
    agenda.after(delayMillis(), arrival);
    if (happens(FaultKind.DUPLICATION)) {
      agenda.after(delayMillis(), arrival);
    }
  }

  private boolean isCut(int from, int to) {
    for (Fault.Cut cut : cuts) {
      if ((cut.deaf().get(to) >>> from & 1) != 0) {
        return true;
      }
    }
    return false;
  }

  private boolean happens(FaultKind kind) {
    for (Fault.Weather some : weather) {
      if (some.kind() == kind && random.nextInt(100) < some.percent()) {
        return true;
      }
    }
    return false;
  }

  private long delayMillis() {
    return 1L
        + random.nextInt(happens(FaultKind.DELAY) ? STORM_DELAY_MILLIS_MAX : DELAY_MILLIS_MAX);
  }
}
