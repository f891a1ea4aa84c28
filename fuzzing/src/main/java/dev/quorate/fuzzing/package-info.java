/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Any bytes at every decoder that a peer, a beacon node, a caller or a file reaches. Tests alone;
 * what a decoder's package keeps to itself is reached through a class of the same package there.
 * Neighbours: every decoder's module.
 */
@NullMarked
package dev.quorate.fuzzing;

import org.jspecify.annotations.NullMarked;
