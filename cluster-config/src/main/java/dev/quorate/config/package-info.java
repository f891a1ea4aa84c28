/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an operator starts from: the cluster file that all operators share, the folder with the
 * operator's own secrets, and the settings. Everything is checked when it is loaded, so that what
 * comes out of here needs no second look. Neighbours: {@code signing} for keys and key stores,
 * {@code ethereum} for the slashing protection that comes with given keys, and the arithmetic of
 * {@code consensus.quorum}.
 */
@NullMarked
package dev.quorate.config;

import org.jspecify.annotations.NullMarked;
