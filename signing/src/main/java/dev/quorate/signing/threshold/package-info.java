/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Shamir sharing of a BLS key: splitting, recombining partial signatures, and checking that public
 * shares belong together. Stands on {@code bls} and {@code curve}.
 */
@NullMarked
package dev.quorate.signing.threshold;

import org.jspecify.annotations.NullMarked;
