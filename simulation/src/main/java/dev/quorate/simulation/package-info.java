/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The deterministic simulator: whole clusters of the real cores in virtual time, from one seed,
 * under every fault that an operator may meet, watched by checkers that share no code with what
 * they check. Neighbours: the pure parts of {@code consensus}, {@code ethereum}, {@code wire} and
 * {@code signing}.
 */
@NullMarked
package dev.quorate.simulation;

import org.jspecify.annotations.NullMarked;
