/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signing domains and signing roots: what ties a signature to its purpose, fork and chain.
 * Neighbours: {@code chain}, {@code ssz}.
 */
@NullMarked
package dev.quorate.ethereum.domain;

import org.jspecify.annotations.NullMarked;
