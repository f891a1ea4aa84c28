/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where partial signatures come from: key shares of its own ({@code EmbeddedShares}, the only place
 * that signs with them), or a remote signer that holds them ({@code RemoteSigner}). It signs what
 * it is told; whoever tells it has passed the guard. Neighbours: none among the stages; {@code
 * ethereum} for what a remote signer is asked, {@code cluster-config} for where it is.
 */
@NullMarked
package dev.quorate.actors.sign;

import org.jspecify.annotations.NullMarked;
