/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the hot paths cost by themselves: cryptography, frames and their Merkle trees, rows of the
 * journal. Nothing depends on it. {@code benchmarks/run} runs them.
 */
@NullMarked
package dev.quorate.benchmarks;

import org.jspecify.annotations.NullMarked;
