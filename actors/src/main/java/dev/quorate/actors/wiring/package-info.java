/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The whole of one operator's pod on one screen: which actor knows which. May use every other
 * package here.
 */
@NullMarked
package dev.quorate.actors.wiring;

import org.jspecify.annotations.NullMarked;
