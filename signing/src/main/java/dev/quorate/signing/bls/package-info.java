/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys and signatures of Ethereum's ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_
 * (draft-irtf-cfrg-bls-signature-05). Stands on {@code curve}; {@code threshold}, {@code batch} and
 * {@code keystore} stand on it.
 */
@NullMarked
package dev.quorate.signing.bls;

import org.jspecify.annotations.NullMarked;
