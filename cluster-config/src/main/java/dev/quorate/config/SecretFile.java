/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.signing.OwnerOnlyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/** Files that hold a secret in their first line. What is refused is never repeated. */
public final class SecretFile {
  private static final int BYTES_MAX = 1024;

  private SecretFile() {}

  /**
   * The first line of a file that is this operator's alone.
   *
   * @throws InvalidConfiguration if it cannot be read, is no text, or others have access to it
   */
  public static String firstLine(Path file) {
    refuseIfOpen(file);
    return withFirstLine(file, String::new);
  }

  /**
   * @throws InvalidConfiguration if {@code file} is missing, or others than its owner and its group
   *     have access to it
   */
  static void refuseIfOpen(Path file) {
    try {
      if (OwnerOnlyFile.isOpenToOthers(file)) {
        throw new InvalidConfiguration(
            ConfigurationFault.TOO_OPEN,
            file.toString(),
            "others than its owner have access to this secret");
      }
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(file, failure);
    }
  }

  /**
   * @param use gets the first line, which is zeroed afterwards
   * @throws InvalidConfiguration if the file cannot be read or is no text
   */
  static <T> T withFirstLine(Path file, Function<char[], T> use) {
    byte[] content = StrictJson.readBounded(file, BYTES_MAX);
    try {
      int end = 0;
      while (end < content.length && content[end] != '\n' && content[end] != '\r') {
        end++;
      }
      CharBuffer line =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content, 0, end));
      char[] exact = Arrays.copyOf(line.array(), line.limit());
      Arrays.fill(line.array(), '\0');
      try {
        return use.apply(exact);
      } finally {
        Arrays.fill(exact, '\0');
      }
    } catch (CharacterCodingException notText) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED, file.toString(), "it is not text in UTF-8");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }
}
