/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The Beacon API as its client sees it: one node ({@code BeaconNode}) and the nodes of one operator
 * ({@code BeaconNodes}). Whatever a node answers is bounded in time and size, checked against the
 * question, and turned into the values of {@code dev.quorate.ethereum}. Nothing here blocks.
 * Neighbours: {@code ethereum} for values, {@code consensus} for bytes and submission outcomes,
 * Pekko HTTP.
 */
@NullMarked
package dev.quorate.beacon.client;

import org.jspecify.annotations.NullMarked;
