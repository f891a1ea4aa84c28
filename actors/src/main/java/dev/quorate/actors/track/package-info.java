/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Beside the flow: finds out from the own beacon nodes whether the chain has what was broadcast.
 * Told by {@code broadcast}; knows no other stage.
 */
@NullMarked
package dev.quorate.actors.track;

import org.jspecify.annotations.NullMarked;
