/* SPDX-License-Identifier: Apache-2.0 */
/** Hands aggregated signatures to the beacon nodes, batched. Neighbours: {@code track}. */
@NullMarked
package dev.quorate.actors.broadcast;

import org.jspecify.annotations.NullMarked;
