/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a remote signer over the Web3Signer API is asked to sign, as JSON. Neighbours: {@code
 * assignment}, {@code attestation}, {@code chain}, {@code domain}, {@code duty}, {@code ssz},
 * {@code dev.quorate.ethereum} for JSON.
 */
@NullMarked
package dev.quorate.ethereum.web3signer;

import org.jspecify.annotations.NullMarked;
