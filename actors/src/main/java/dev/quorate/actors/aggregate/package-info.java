/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Makes the group's signatures out of partial ones, batched over all validators that sign the same
 * message. Neighbours: none.
 */
@NullMarked
package dev.quorate.actors.aggregate;

import org.jspecify.annotations.NullMarked;
