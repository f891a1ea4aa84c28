/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.feature;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an operator's software can do beyond what every release of protocol version 1 can, by name.
 * Operators state it when they greet one another and agree on it once an epoch, so that a new way
 * to say something is used once enough of them understand it, and not before.
 *
 * @param names sorted, each once
 */
public record Features(List<String> names) {
  /** An operator states no more: a greeting is small. What every release can is not stated. */
  public static final int NAMES_MAX = 16;

  /** Fit for logs, and for a list with commas between. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

  public static final Features NONE = new Features(List.of());

  /** Takes part in the duty that agrees on features. */
  public static final String INFO_SYNC = "info-sync";

  /** What this release can do. A name never means anything else. */
  public static final Features OWN =
      new Features(List.of("head-views", INFO_SYNC, "values-in-chunks"));

  private static final String BETWEEN = ",";

  /**
   * @throws IllegalArgumentException if there are more than {@link #NAMES_MAX} names, or one is no
   *     {@link #NAME}
   */
  public Features {
    names = names.stream().distinct().sorted().toList();
    if (names.size() > NAMES_MAX || !names.stream().allMatch(NAME.asMatchPredicate())) {
      throw new IllegalArgumentException("no names of features: " + names.size());
    }
  }

  /** Those that at least so many operators state. */
  public static Features of(int operators, Collection<Features> stated) {
    return new Features(
        stated.stream()
            .flatMap(one -> one.names().stream())
            .distinct()
            .filter(name -> stated.stream().filter(one -> one.has(name)).count() >= operators)
            .sorted()
            .limit(NAMES_MAX)
            .toList());
  }

  public boolean has(String name) {
    return names.contains(name);
  }

  /** As operators vote for it: the names, with commas between, at most 527 bytes of ASCII. */
  public Value value() {
    return new Value(Bytes.wrap(String.join(BETWEEN, names).getBytes(StandardCharsets.US_ASCII)));
  }

  /** What {@link #value} made; empty if it did not make exactly these bytes. */
  public static Optional<Features> read(Value value) {
    String text = new String(value.content().toArray(), StandardCharsets.US_ASCII);
    List<String> names = text.isEmpty() ? List.of() : List.of(text.split(BETWEEN, -1));
    return names.size() <= NAMES_MAX && names.stream().allMatch(NAME.asMatchPredicate())
        ? Optional.of(new Features(names)).filter(read -> read.value().equals(value))
        : Optional.empty();
  }
}
