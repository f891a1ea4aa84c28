/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Verification of many signatures over one message with one pairing check, and the aggregation of
 * many validators' partial signatures on top of it. Stands on {@code threshold}, {@code bls} and
 * {@code curve}.
 */
@NullMarked
package dev.quorate.signing.batch;

import org.jspecify.annotations.NullMarked;
