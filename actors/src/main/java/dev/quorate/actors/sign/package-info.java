/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where partial signatures come from: key shares of its own ({@code EmbeddedShares}, the only place
 * that signs with them), a remote signer that holds them ({@code RemoteSigner}), or a validator
 * client that does ({@code ClientShares}, which it reaches as a {@code ClientDesk}). It signs what
 * it is told; whoever tells it has passed the guard. Neighbours: none among the stages; {@code
 * ethereum} for what is signed, {@code cluster-config} for where a remote signer is.
 */
@NullMarked
package dev.quorate.actors.sign;

import org.jspecify.annotations.NullMarked;
