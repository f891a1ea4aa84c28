/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether what was broadcast is on chain, as the rewards that a beacon node tells of mean it. May
 * use the JSON forms of this module.
 */
@NullMarked
package dev.quorate.ethereum.inclusion;

import org.jspecify.annotations.NullMarked;
