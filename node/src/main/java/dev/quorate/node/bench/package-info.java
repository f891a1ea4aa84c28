/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Benchmarks of operators as they run: a process each, and the beacon simulator in another one.
 * Neighbours: {@code cluster-config}, which makes their folders, and {@code simulator} and {@code
 * process} beside it. What an operator did it tells through its admin API.
 */
@NullMarked
package dev.quorate.node.bench;

import org.jspecify.annotations.NullMarked;
