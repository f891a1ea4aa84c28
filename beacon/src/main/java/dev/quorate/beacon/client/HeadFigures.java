/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

/**
 * What became of one node's stream of head events.
 *
 * @param events understood
 * @param malformed not understood, and dropped
 * @param connections that the node answered with a stream
 * @param isOpen whether there is one now
 */
public record HeadFigures(long events, long malformed, long connections, boolean isOpen) {}
