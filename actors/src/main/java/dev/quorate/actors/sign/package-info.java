/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only place that reaches a key share. It signs what it is told; whoever tells it has passed
 * the guard. Neighbours: none.
 */
@NullMarked
package dev.quorate.actors.sign;

import org.jspecify.annotations.NullMarked;
