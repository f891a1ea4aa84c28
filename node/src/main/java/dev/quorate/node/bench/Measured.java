/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a part of a benchmark came to.
 *
 * @param text for people: a title, a table, perhaps more lines
 * @param json the same
 */
record Measured(String text, JsonNode json) {}
