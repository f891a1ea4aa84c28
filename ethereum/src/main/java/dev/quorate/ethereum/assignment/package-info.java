/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the chain has validators do, one form for each type of duty. Neighbours: the types of duty,
 * each in a package of its own.
 */
@NullMarked
package dev.quorate.ethereum.assignment;

import org.jspecify.annotations.NullMarked;
