/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

/** A vote and the verified proof that its sender cast it. */
public record SignedVote(Vote vote, Proof proof) {}
