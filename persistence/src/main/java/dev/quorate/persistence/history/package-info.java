/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A validator's journal as a file that others can check: how it is read from the database, written
 * and understood, and what must hold of it. All but the reading is pure. Neighbours: {@code event},
 * {@code store}, the slashing rule of {@code ethereum}. Signatures are made and verified elsewhere.
 */
@NullMarked
package dev.quorate.persistence.history;

import org.jspecify.annotations.NullMarked;
