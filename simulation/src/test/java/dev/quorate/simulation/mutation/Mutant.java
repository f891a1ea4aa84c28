/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.util.List;
import java.util.Map;

/**
 * The production code with one guard switched off.
 *
 * @param off what is switched off, as a sentence
 * @param edits made one after the other
 * @param options of the campaign that has to find it, as on the command line without dashes
 * @param seedsMax within so many seeds
 */
record Mutant(
    String name, String off, Map<String, String> options, int seedsMax, List<Edit> edits) {}
