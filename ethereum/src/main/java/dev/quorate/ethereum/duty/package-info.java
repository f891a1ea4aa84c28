/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What duties of all types share: what a beacon node assigns besides attesting, the slot that a
 * duty is of, and the rule of those in which there is nothing to agree on. Neighbours: {@code
 * chain}, {@code domain}, {@code message}, {@code ssz}, and the duty rule of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.duty;

import org.jspecify.annotations.NullMarked;
