/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import dev.quorate.consensus.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Public keys in texts: the client knows this operator's public shares, the chain knows the
 * groups'. Everything else stays as it is, byte for byte.
 */
final class KeyTranslation {
  /** Not a part of something longer, such as a signature; a comma may be escaped. */
  private static final Pattern KEY =
      Pattern.compile("(?:(?<![0-9a-zA-Z])|(?<=%2[cC]))0x[0-9a-fA-F]{96}(?![0-9a-fA-F])");

  private final Map<String, String> toShares = new HashMap<>();
  private final Map<String, String> toGroups = new HashMap<>();

  /**
   * @param groups 48 bytes each
   * @param shares this operator's, in the same order
   */
  KeyTranslation(List<Bytes> groups, List<Bytes> shares) {
    for (int validator = 0; validator < groups.size(); validator++) {
      String group = groups.get(validator).hex();
      String share = shares.get(validator).hex();
      toShares.put(group, share);
      toGroups.put(share, group);
    }
  }

  /** What the chain says, as the client understands it. */
  String toShares(String text) {
    return translate(text, toShares);
  }

  /** What the client asks, as the chain understands it. */
  String toGroups(String text) {
    return translate(text, toGroups);
  }

  private static String translate(String text, Map<String, String> keys) {
    return KEY.matcher(text)
        .replaceAll(found -> {
          String key = found.group();
          String other = keys.get(key.substring(2).toLowerCase(Locale.ROOT));
          return other == null ? key : "0x" + other;
        });
  }
}
