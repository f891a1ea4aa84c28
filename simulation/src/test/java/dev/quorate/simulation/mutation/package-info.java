/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Proof that the simulator's checkers bite: one guard of the production code at a time is switched
 * off, in memory, and the simulator has to notice. Production code knows nothing of it.
 */
@NullMarked
package dev.quorate.simulation.mutation;

import org.jspecify.annotations.NullMarked;
