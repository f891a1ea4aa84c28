/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Aggregates of a committee's attestations: what a share may sign of them. Neighbours: {@code
 * attestation}, {@code message}, {@code duty}, and the duty rule of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.aggregate;

import org.jspecify.annotations.NullMarked;
