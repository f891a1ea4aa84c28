/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which duty is when: resolves the chain's assignments and gives each duty to its entity in time.
 * Neighbours: {@code fetch}, {@code validator}, {@code errand} and {@code announce}, which come
 * next in the flow.
 */
@NullMarked
package dev.quorate.actors.schedule;

import org.jspecify.annotations.NullMarked;
