/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The command that runs a simulated beacon chain, and that command as a process of another one.
 * Neighbours: {@code beacon}, whose simulator it is, and {@code process} beside it.
 */
@NullMarked
package dev.quorate.node.simulator;

import org.jspecify.annotations.NullMarked;
