/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Benchmarks of operators as they run: a process each, and the beacon simulator in another one; or
 * with validator clients, all in one process. Neighbours: {@code cluster-config}, which makes their
 * folders, and {@code simulator}, {@code client} and {@code process} beside it. What an operator in
 * a process of its own did it tells through its admin API.
 */
@NullMarked
package dev.quorate.node.bench;

import org.jspecify.annotations.NullMarked;
