/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Blocks, full and blinded: what is proposed, and what a share may sign of it. Neighbours: {@code
 * chain}, {@code domain}, {@code duty}, {@code ssz}, and the duty rule of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.block;

import org.jspecify.annotations.NullMarked;
