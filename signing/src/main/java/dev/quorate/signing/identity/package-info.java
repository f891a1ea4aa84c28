/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The Ed25519 identity of an operator: it signs the operator's message batches and is the key of
 * its self-signed TLS certificate. Stands on the owner-only files of the parent package; TLS itself
 * is wired elsewhere.
 */
@NullMarked
package dev.quorate.signing.identity;

import org.jspecify.annotations.NullMarked;
