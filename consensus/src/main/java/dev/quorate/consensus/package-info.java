/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Pure cores: every protocol is a function from a state and an input to the next state and an
 * ordered list of outputs. Nothing here knows a clock, a thread, randomness, I/O or a log; the
 * packages below may use this one, java.base and nothing else.
 */
@NullMarked
package dev.quorate.consensus;

import org.jspecify.annotations.NullMarked;
