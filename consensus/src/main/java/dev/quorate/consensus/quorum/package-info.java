/* SPDX-License-Identifier: Apache-2.0 */
/** Sizes and intersections of operator sets: the only place where such arithmetic is done. */
@NullMarked
package dev.quorate.consensus.quorum;

import org.jspecify.annotations.NullMarked;
