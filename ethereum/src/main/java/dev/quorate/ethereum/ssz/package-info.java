/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SimpleSerialize: the one encoding and the one Merkle tree of the consensus layer, driven by types
 * that are data. Neighbours: {@code dev.quorate.ethereum} for JSON.
 */
@NullMarked
package dev.quorate.ethereum.ssz;

import org.jspecify.annotations.NullMarked;
