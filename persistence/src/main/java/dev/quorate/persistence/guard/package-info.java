/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The signing guard: slashing protection that every signature passes, apart from journal and
 * entities. Neighbours: {@code store}, the vocabulary of {@code consensus.duty}, the pure rule in
 * {@code ethereum.slashing}.
 */
@NullMarked
package dev.quorate.persistence.guard;

import org.jspecify.annotations.NullMarked;
