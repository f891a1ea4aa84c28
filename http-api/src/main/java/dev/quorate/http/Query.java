/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.pekko.japi.Pair;

/** The parameters of a request, each known, given once and of a bounded length. */
final class Query {
  /** More than any value needs: a public key has 98 characters. */
  static final int VALUE_CHARS_MAX = 128;

  private static final Pattern ROOT = Pattern.compile("0x[0-9a-fA-F]{64}");

  private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{128}");

  private final Map<String, String> values;

  /** Thrown by the readers below; the message says which parameter and what it should be. */
  static final class BadParameterException extends Exception {
    private static final long serialVersionUID = 1;

    BadParameterException(String name, String expected) {
      super(name + ": " + expected);
    }
  }

  private Query(Map<String, String> values) {
    this.values = values;
  }

  static Query of(List<Pair<String, String>> given, Set<String> known)
      throws BadParameterException {
    Map<String, String> values = new HashMap<>();
    for (Pair<String, String> parameter : given) {
      String name = parameter.first();
      if (!known.contains(name)) {
        throw new BadParameterException(
            "query",
            known.isEmpty()
                ? "this route takes no parameters"
                : "the parameters are " + String.join(", ", known.stream().sorted().toList()));
      }
      if (parameter.second().length() > VALUE_CHARS_MAX) {
        throw new BadParameterException(name, "at most " + VALUE_CHARS_MAX + " characters");
      }
      if (values.put(name, parameter.second()) != null) {
        throw new BadParameterException(name, "it is given twice");
      }
    }
    return new Query(values);
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(text -> !text.isEmpty());
  }

  /** Empty if it is not given. */
  OptionalLong number(String name, long min, long max) throws BadParameterException {
    String text = values.get(name);
    if (text == null) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException notANumber) {
      // Refused below like every number out of its bounds.
    }
    throw new BadParameterException(name, "a whole number from " + min + " to " + max);
  }

  /** 32 bytes; empty if they are not given. */
  Optional<Bytes32> root(String name) throws BadParameterException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    if (!ROOT.matcher(text).matches()) {
      throw new BadParameterException(name, "0x and 64 hexadecimal digits");
    }
    return Optional.of(Bytes32.fromHex(text.substring(2)));
  }

  /** 64 bytes. */
  Bytes signature(String name) throws BadParameterException {
    String text = text(name).orElse("");
    if (!SIGNATURE.matcher(text).matches()) {
      throw new BadParameterException(name, "128 hexadecimal digits");
    }
    return Bytes.fromHex(text);
  }

  int number(String name, int min, int max, int otherwise) throws BadParameterException {
    return (int) number(name, (long) min, (long) max).orElse(otherwise);
  }
}
