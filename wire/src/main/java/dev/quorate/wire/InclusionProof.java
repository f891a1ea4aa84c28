/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.qbft.Proof;

/**
 * Shows anyone who knows the cluster file that a vote stood in a batch that its sender signed. It
 * keeps the vote's exact bytes, so it is as good a justification as on the day it came.
 *
 * @param vote the bytes that were hashed
 * @param index of the leaf, from 0
 * @param path the sibling hashes from the leaf upwards, 32 bytes each
 * @param batch where the path leads
 */
public record InclusionProof(Bytes vote, int index, Bytes path, Batch batch) implements Proof {}
