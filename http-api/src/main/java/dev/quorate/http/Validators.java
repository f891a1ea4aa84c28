/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The validators of the cluster, and how they are asked for: a decimal number is a position,
 * anything else the begin of a public key in hexadecimal, with or without 0x.
 *
 * @param keys public keys, in the order of the cluster file
 */
public record Validators(List<Bytes> keys) {
  private static final Pattern POSITION = Pattern.compile("0|[1-9][0-9]{0,8}");
  private static final Pattern KEY_PREFIX = Pattern.compile("(0x)?[0-9a-f]{0,96}");

  public Validators {
    keys = List.copyOf(keys);
  }

  /** As others are shown it. */
  public String key(int validator) {
    return ApiJson.hex(keys.get(validator));
  }

  /** Those that {@code text} may mean; empty if it can mean none whatever the cluster. */
  Optional<IntPredicate> search(String text) {
    if (POSITION.matcher(text).matches()) {
      int position = Integer.parseInt(text);
      return Optional.of(validator -> validator == position);
    }
    String prefix = text.toLowerCase(Locale.ROOT);
    if (!KEY_PREFIX.matcher(prefix).matches()) {
      return Optional.empty();
    }
    String digits = prefix.startsWith("0x") ? prefix.substring(2) : prefix;
    return Optional.of(validator -> keys.get(validator).hex().startsWith(digits));
  }

  /** In the order of the cluster file. */
  List<Integer> those(IntPredicate wanted) {
    return IntStream.range(0, keys.size()).filter(wanted).boxed().toList();
  }

  /** The one that {@code text} means; empty if it means none, or several. */
  public OptionalInt one(String text) {
    List<Integer> found = search(text).map(this::those).orElse(List.of());
    return found.size() == 1 ? OptionalInt.of(found.getFirst()) : OptionalInt.empty();
  }

  /** What is said if it means none, or several. */
  public static final String NOT_ONE =
      "the cluster has no validator of this position or public key, or several whose keys begin so";
}
