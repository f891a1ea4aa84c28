/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bytes of the journal: events as a hash chain, snapshots, and the serializer that Pekko calls.
 * Neighbours: the vocabulary of {@code consensus.duty}; the generated {@code event.proto} stays
 * inside.
 */
@NullMarked
package dev.quorate.persistence.event;

import org.jspecify.annotations.NullMarked;
