/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing;

import java.nio.CharBuffer;
import java.text.Normalizer;

/**
 * Unicode's NFKD, which EIP-2335 and BIP-39 want of secrets that people type. Plain ASCII is in
 * normal form and leaves no copy behind; for anything else the JDK's normaliser makes a string,
 * which stays in memory until the garbage collector reuses it.
 */
public final class NormalForm {
  private NormalForm() {}

  /** A copy, for the caller to zero. */
  public static char[] nfkd(char[] text) {
    for (char character : text) {
      if (character > 0x7f) {
        return Normalizer.normalize(CharBuffer.wrap(text), Normalizer.Form.NFKD).toCharArray();
      }
    }
    return text.clone();
  }
}
