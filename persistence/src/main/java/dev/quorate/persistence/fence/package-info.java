/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The vote fence: of all activations of an entity, past and present, one may vote in a duty.
 * Neighbours: {@code store}, the vocabulary of {@code consensus.duty}.
 */
@NullMarked
package dev.quorate.persistence.fence;

import org.jspecify.annotations.NullMarked;
