/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What must be true of every run, told from what goes in and out of operators alone: none of this
 * shares code with what it checks. Neighbours: the vocabulary of {@code consensus}.
 */
@NullMarked
package dev.quorate.simulation.check;

import org.jspecify.annotations.NullMarked;
