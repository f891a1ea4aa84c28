/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sharded, event-sourced entity of one distributed validator. It drives the pure core and holds
 * no rule of the protocol. Neighbours: {@code sign}, {@code aggregate}, {@code broadcast}, and the
 * peers' {@code wire} messages.
 */
@NullMarked
package dev.quorate.actors.validator;

import org.jspecify.annotations.NullMarked;
