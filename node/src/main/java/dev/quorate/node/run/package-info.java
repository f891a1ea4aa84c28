/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The command that runs one pod of one operator. Neighbours: {@code pod} and {@code process} beside
 * it, {@code cluster-config} for what the operator wrote.
 */
@NullMarked
package dev.quorate.node.run;

import org.jspecify.annotations.NullMarked;
