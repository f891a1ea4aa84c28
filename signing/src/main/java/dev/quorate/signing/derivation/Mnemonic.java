/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.derivation;

import dev.quorate.signing.NormalForm;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A mnemonic (BIP-39): the words in normal form, one space between them. Zeroed when closed, prints
 * nothing of itself. Without the word lists of all languages a misspelt word cannot be told from a
 * right one: it gives other keys, so whoever uses them has to look at the public ones.
 */
public final class Mnemonic implements AutoCloseable {
  /** For 128 to 256 bits of entropy (BIP-39, "Generating the mnemonic"). */
  private static final Set<Integer> WORD_COUNTS = Set.of(12, 15, 18, 21, 24);

  /** BIP-39, "From mnemonic to seed". */
  private static final int ITERATIONS = 2048;

  private static final int SEED_BITS = 512;

  /** Of a char; a surrogate pair, two of them, takes four. */
  private static final int UTF8_BYTES_MAX = 3;

  private final char[] words;
  private boolean closed;

  private Mnemonic(char[] words) {
    this.words = words;
  }

  /**
   * Empty unless there are 12, 15, 18, 21 or 24 words, of small letters alone: no list of words
   * holds any other, and numbers or capitals would silently give other keys.
   *
   * @param raw with any space around the words; copied, zeroing it is up to the caller
   */
  public static Optional<Mnemonic> of(char[] raw) {
    char[] normal = NormalForm.nfkd(raw);
    char[] kept = new char[normal.length + 1];
    try {
      int length = 0;
      int count = 0;
      for (char character : normal) {
        boolean inWord = length > 0 && kept[length - 1] != ' ';
        if (Character.isWhitespace(character)) {
          if (inWord) {
            kept[length++] = ' ';
          }
        } else if (isInWords(character)) {
          count += inWord ? 0 : 1;
          kept[length++] = character;
        } else {
          return Optional.empty();
        }
      }
      int end = length > 0 && kept[length - 1] == ' ' ? length - 1 : length;
      return WORD_COUNTS.contains(count)
          ? Optional.of(new Mnemonic(Arrays.copyOf(kept, end)))
          : Optional.empty();
    } finally {
      Arrays.fill(normal, '\0');
      Arrays.fill(kept, '\0');
    }
  }

  /** Letters, and the marks that normal form takes off them. */
  private static boolean isInWords(char character) {
    return switch (Character.getType(character)) {
      case Character.LOWERCASE_LETTER,
          Character.OTHER_LETTER,
          Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK ->
          true;
      default -> false;
    };
  }

  /**
   * BIP-39, "From mnemonic to seed".
   *
   * @param passphrase empty for most people; zeroing it is up to the caller
   * @return the caller's to close
   */
  public synchronized Seed seed(char[] passphrase) {
    if (closed) {
      throw new IllegalStateException("the mnemonic has been closed");
    }
    byte[] salt = salt(passphrase);
    PBEKeySpec spec = new PBEKeySpec(words, salt, ITERATIONS, SEED_BITS);
    byte[] seed = new byte[0];
    try {
      seed = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(spec).getEncoded();
      return Seed.of(seed);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no PBKDF2 with HMAC-SHA-512", missing);
    } finally {
      spec.clearPassword();
      Arrays.fill(salt, (byte) 0);
      Arrays.fill(seed, (byte) 0);
    }
  }

  private static byte[] salt(char[] passphrase) {
    char[] normal = NormalForm.nfkd(passphrase);
    byte[] prefix = "mnemonic".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer salt = ByteBuffer.allocate(prefix.length + UTF8_BYTES_MAX * normal.length);
    salt.put(prefix);
    StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(normal), salt, true);
    byte[] exact = Arrays.copyOf(salt.array(), salt.position());
    Arrays.fill(salt.array(), (byte) 0);
    Arrays.fill(normal, '\0');
    return exact;
  }

  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(words, '\0');
  }

  @Override
  public String toString() {
    return "Mnemonic[redacted]";
  }
}
