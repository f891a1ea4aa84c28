/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What operators say to one another: frames, batches under one signature, inclusion proofs, and the
 * bounded decoders that turn received bytes into messages or refusals. Pure: no sockets.
 * Neighbours: {@code consensus} for the messages, {@code signing} for the identity key.
 */
@NullMarked
package dev.quorate.wire;

import org.jspecify.annotations.NullMarked;
