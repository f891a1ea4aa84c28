/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Operators whose key shares are with validator clients, in one process, and such a client: what
 * {@code bench} measures and tests run. Neighbours: {@code pod} and {@code simnet}.
 */
@NullMarked
package dev.quorate.node.client;

import org.jspecify.annotations.NullMarked;
