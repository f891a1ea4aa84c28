/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;

/**
 * What a decided value asks a share to sign, and the watermark that signing it raises (EIP-3076).
 *
 * @param root the signing root
 * @param source source epoch of an attestation; 0 for every other type
 * @param target target epoch of an attestation, slot of a block; the duty's slot otherwise
 */
public record Signable(Bytes32 root, long source, long target) {}
