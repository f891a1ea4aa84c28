/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What commands have in common: how they are told to stop, where they log, how they fail, how they
 * print tables, which ports are free. Knows no other package of this project.
 */
@NullMarked
package dev.quorate.node.process;

import org.jspecify.annotations.NullMarked;
