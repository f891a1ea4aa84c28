/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys that a mnemonic stands for: BIP-39's seed, EIP-2333's tree, EIP-2334's paths. Stands on
 * {@code bls} and {@code curve}; called where given keys are split, never by a running operator.
 */
@NullMarked
package dev.quorate.signing.derivation;

import org.jspecify.annotations.NullMarked;
