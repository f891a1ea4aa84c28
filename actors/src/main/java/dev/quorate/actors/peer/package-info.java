/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The links between operators: mutually authenticated TLS 1.3 with pinned keys, one sending link to
 * each peer, bounded everywhere. Knows frames and bytes, nothing of duties. Neighbours: {@code
 * wire} for frames, {@code signing} for the identity key, {@code consensus} for the messages.
 */
@NullMarked
package dev.quorate.actors.peer;

import org.jspecify.annotations.NullMarked;
