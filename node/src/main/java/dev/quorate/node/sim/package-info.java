/* SPDX-License-Identifier: Apache-2.0 */
/**
 * {@code sim}: the deterministic simulator on the command line. Neighbours: {@code simulation},
 * {@code node.process}.
 */
@NullMarked
package dev.quorate.node.sim;

import org.jspecify.annotations.NullMarked;
