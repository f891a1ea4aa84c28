/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One change of a source file. It refuses to guess: a text that moved or multiplied is an error, so
 * that no mutant silently tests unchanged code.
 *
 * @param file relative to the checkout
 * @param text what stands there exactly once; white space does not count, so that formatting is
 *     free
 */
record Edit(String file, String text, String replacement) {

  /**
   * @throws IllegalArgumentException unless {@code source} has the text exactly once
   */
  String applyTo(String source) {
    Matcher places = pattern().matcher(source);
    long count = places.results().count();
    if (count != 1) {
      throw new IllegalArgumentException(
          "%s has %d times instead of once: %s".formatted(file, count, text));
    }
    return places.reset().replaceFirst(Matcher.quoteReplacement(replacement));
  }

  private Pattern pattern() {
    return Pattern.compile(
        text.chars()
            .filter(character -> !Character.isWhitespace(character))
            .mapToObj(character -> Pattern.quote(Character.toString(character)))
            .collect(Collectors.joining("\\s*")));
  }
}
