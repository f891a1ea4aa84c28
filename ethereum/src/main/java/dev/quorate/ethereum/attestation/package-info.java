/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Attestations: what a validator attests, its duty to do so, what a share may sign of it, and
 * aggregates. Neighbours: {@code chain}, {@code domain}, {@code duty}, {@code ssz}, and the duty
 * rule of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.attestation;

import org.jspecify.annotations.NullMarked;
