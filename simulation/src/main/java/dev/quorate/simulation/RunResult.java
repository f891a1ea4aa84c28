/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.simulation.check.Broken;
import java.util.Optional;

/**
 * How a run went.
 *
 * @param hash of its trace
 * @param steps things that happened
 * @param duties of the cluster
 * @param broken what does not hold, and at which step it was seen: the last
 */
public record RunResult(long hash, long steps, int duties, Optional<Broken> broken) {}
