/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Key stores of EIP-2335: secret keys encrypted under a password. Stands on {@code bls} and on the
 * owner-only files of the parent package.
 */
@NullMarked
package dev.quorate.signing.keystore;

import org.jspecify.annotations.NullMarked;
