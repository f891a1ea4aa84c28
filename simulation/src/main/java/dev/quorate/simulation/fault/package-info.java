/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What goes wrong in a run: drawn from its seed beforehand, as a list that can be looked at,
 * numbered, and cut short. Neighbours: none; the simulation does what a fault says.
 */
@NullMarked
package dev.quorate.simulation.fault;

import org.jspecify.annotations.NullMarked;
