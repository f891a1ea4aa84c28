/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What validators sign and beacon nodes take besides attestations and blocks, as the Beacon API has
 * it in JSON, with the roots that signatures are over. Neighbours: {@code attestation}, {@code
 * chain}, {@code ssz}.
 */
@NullMarked
package dev.quorate.ethereum.message;

import org.jspecify.annotations.NullMarked;
