/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A beacon chain that never was, behind the real HTTP API: deterministic duties and roots, full
 * verification of what is submitted, faults on demand, and a count of everything that a network of
 * operators is judged by. It shares no code with {@code dev.quorate.beacon.client}. Neighbours:
 * {@code ethereum} for values and domains, {@code signing} to verify, Pekko HTTP.
 */
@NullMarked
package dev.quorate.beacon.simulator;

import org.jspecify.annotations.NullMarked;
