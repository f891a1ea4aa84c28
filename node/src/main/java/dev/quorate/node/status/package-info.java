/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The commands that ask a running pod how it fares, over its admin API. Neighbours: {@code
 * http-api}, whose views they show, and {@code process} beside it.
 */
@NullMarked
package dev.quorate.node.status;

import org.jspecify.annotations.NullMarked;
