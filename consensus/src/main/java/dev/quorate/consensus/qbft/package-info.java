/* SPDX-License-Identifier: Apache-2.0 */
/**
 * QBFT (Moniz, "The Istanbul BFT Consensus Algorithm", arXiv 2002.03613), one instance per duty, as
 * a pure state machine. Messages reach it authenticated; it decides what to believe of them.
 * Neighbours: {@code quorum}, and the identifiers and reasons of {@code duty}.
 */
@NullMarked
package dev.quorate.consensus.qbft;

import org.jspecify.annotations.NullMarked;
