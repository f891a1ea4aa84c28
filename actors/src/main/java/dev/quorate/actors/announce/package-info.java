/* SPDX-License-Identifier: Apache-2.0 */
/** Tells the beacon nodes what validators are about to do, batched. Neighbours: none. */
@NullMarked
package dev.quorate.actors.announce;

import org.jspecify.annotations.NullMarked;
