/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.util.Map;

/**
 * The runs in which mutants have to be found, and in which the code as it is breaks nothing.
 *
 * @param options of the campaign, as on the command line without dashes; empty values for flags
 * @param seeds how many, from 1 on
 */
record Hunt(Map<String, String> options, int seeds) {}
