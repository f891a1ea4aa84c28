/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sync committee: its messages, and what its subcommittees contribute. Neighbours: {@code
 * domain}, {@code duty}, {@code message}, and the duty rule of {@code consensus}.
 */
@NullMarked
package dev.quorate.ethereum.sync;

import org.jspecify.annotations.NullMarked;
