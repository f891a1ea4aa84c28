/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.util.List;
import java.util.Set;

/**
 * The production code with one guard switched off.
 *
 * @param off what is switched off, as a sentence
 * @param hunt that has to find it
 * @param invariants the labels of those of which it may break whichever comes first
 * @param edits made one after the other; more than one where another guard holds as well
 */
record Mutant(String name, String off, Hunt hunt, Set<String> invariants, List<Edit> edits) {}
