/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The chain's configuration as its beacon nodes tell it: forks, slots, epochs and deadlines, none
 * of them from a constant of ours. Neighbours: {@code dev.quorate.ethereum} for JSON, and the types
 * of duty of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.chain;

import org.jspecify.annotations.NullMarked;
