/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What commands that run until they are told to stop have in common: how they are told, where they
 * log, how they fail. Knows no other package of this project.
 */
@NullMarked
package dev.quorate.node.process;

import org.jspecify.annotations.NullMarked;
