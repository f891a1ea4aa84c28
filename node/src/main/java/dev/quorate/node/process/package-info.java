/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What commands have in common: how they are told to stop, where they log, how they fail, how they
 * print tables and sum up latencies, which ports are free, how they start this program once more.
 * Knows no other package of this project.
 */
@NullMarked
package dev.quorate.node.process;

import org.jspecify.annotations.NullMarked;
