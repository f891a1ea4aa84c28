/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What validators do beside their slots: exits, registrations with builders, and whom to pay for
 * blocks. Neighbours: {@code announce} and {@code validator}, which come next in the flow.
 */
@NullMarked
package dev.quorate.actors.errand;

import org.jspecify.annotations.NullMarked;
