/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The commands that make clusters. Neighbours: {@code cluster-config}, which does the work, and
 * {@code signing} and {@code ethereum} for the files that are read.
 */
@NullMarked
package dev.quorate.node.cluster;

import org.jspecify.annotations.NullMarked;
