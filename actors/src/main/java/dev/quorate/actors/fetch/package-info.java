/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the own beacon nodes would have this operator sign: once per slot, for all validators.
 * Neighbours: {@code validator}, which comes next in the flow.
 */
@NullMarked
package dev.quorate.actors.fetch;

import org.jspecify.annotations.NullMarked;
