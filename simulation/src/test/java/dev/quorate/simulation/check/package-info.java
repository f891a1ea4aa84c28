/* SPDX-License-Identifier: Apache-2.0 */
/** Tests of the checkers by themselves. */
@NullMarked
package dev.quorate.simulation.check;

import org.jspecify.annotations.NullMarked;
