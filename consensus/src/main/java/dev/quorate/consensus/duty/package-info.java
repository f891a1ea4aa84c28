/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The whole life of a duty as one machine: fence, consensus, guard, intent, share, partials,
 * aggregate, broadcast, deadline. Neighbours: {@code qbft}, {@code quorum}.
 */
@NullMarked
package dev.quorate.consensus.duty;

import org.jspecify.annotations.NullMarked;
