/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a beacon node assigns to validators besides attesting: blocks to propose, seats in sync
 * committees. Neighbours: none.
 */
@NullMarked
package dev.quorate.ethereum.duty;

import org.jspecify.annotations.NullMarked;
