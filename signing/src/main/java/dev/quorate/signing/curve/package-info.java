/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Points and secret scalars of BLS12-381 as values, over the C library blst. The only package that
 * calls native code; uses {@code Bytes} of {@code consensus}. It knows points, not keys: what a
 * point must satisfy to be a key or a signature is for {@code bls} to say.
 */
@NullMarked
package dev.quorate.signing.curve;

import org.jspecify.annotations.NullMarked;
