/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

/**
 * What makes a vote transferable: its sender's signature, in a form that this package never looks
 * into. Whoever hands a {@link SignedVote} to the core has verified it.
 */
public interface Proof {}
