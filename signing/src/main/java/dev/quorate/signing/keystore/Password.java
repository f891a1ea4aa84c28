/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.keystore;

import dev.quorate.signing.NormalForm;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A password as EIP-2335 wants it: in {@link NormalForm} and rid of control codes. Zeroed when
 * closed, prints nothing of itself.
 */
public final class Password implements AutoCloseable {
  /** Of a char; a surrogate pair, two of them, takes four. */
  private static final int UTF8_BYTES_MAX = 3;

  private final char[] characters;
  private boolean closed;

  private Password(char[] characters) {
    this.characters = characters;
  }

  /**
   * @param raw copied; zeroing it is up to the caller
   * @throws IllegalArgumentException if half of a surrogate pair is missing
   */
  public static Password of(char[] raw) {
    char[] normal = NormalForm.nfkd(raw);
    char[] kept = new char[normal.length];
    int length = 0;
    for (char character : normal) {
      // C0, DEL and C1
      if (!Character.isISOControl(character)) {
        kept[length++] = character;
      }
    }
    Password password = new Password(Arrays.copyOf(kept, length));
    Arrays.fill(normal, '\0');
    Arrays.fill(kept, '\0');
    Arrays.fill(password.utf8(), (byte) 0); // so that what has no UTF-8 is refused here
    return password;
  }

  /** A copy, for the caller to zero. */
  char[] characters() {
    requireOpen();
    return characters.clone();
  }

  /** In UTF-8; a copy, for the caller to zero. */
  byte[] utf8() {
    requireOpen();
    ByteBuffer encoded = ByteBuffer.allocate(UTF8_BYTES_MAX * characters.length);
    try {
      if (StandardCharsets.UTF_8
          .newEncoder()
          .encode(CharBuffer.wrap(characters), encoded, true)
          .isError()) {
        throw new IllegalArgumentException("the password is not valid Unicode");
      }
      return Arrays.copyOf(encoded.array(), encoded.position());
    } finally {
      Arrays.fill(encoded.array(), (byte) 0);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the password has been closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    Arrays.fill(characters, '\0');
  }

  @Override
  public String toString() {
    return "Password[redacted]";
  }
}
