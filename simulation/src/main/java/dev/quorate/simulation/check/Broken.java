/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

/** An invariant does not hold: the run ends here. */
public final class Broken extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Invariant invariant;

  public Broken(Invariant invariant, String how) {
    super(how);
    this.invariant = invariant;
  }

  public Invariant invariant() {
    return invariant;
  }
}
