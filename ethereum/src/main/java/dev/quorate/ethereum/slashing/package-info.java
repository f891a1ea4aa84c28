/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The slashing rule of EIP-3076 as values, what a key share may sign by it, what of all that was
 * signed contradicts what, and its interchange format. The database that makes it durable and
 * exclusive lives elsewhere and states the same rule in SQL. Neighbours: {@code
 * dev.quorate.ethereum} for JSON, the vocabulary of {@code consensus.duty}.
 */
@NullMarked
package dev.quorate.ethereum.slashing;

import org.jspecify.annotations.NullMarked;
