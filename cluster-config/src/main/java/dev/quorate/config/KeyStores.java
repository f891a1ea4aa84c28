/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreProblem;
import dev.quorate.signing.keystore.KeystoreReader;
import dev.quorate.signing.keystore.KeystoreResult;
import dev.quorate.signing.keystore.Password;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntConsumer;

/** Key stores and their password as files, with refusals in words for the operator. */
public final class KeyStores {
  private static final String PATTERN = "keystore*.json";
  private static final int RANDOM_PASSWORD_BYTES = 32;

  private KeyStores() {}

  /**
   * Whole keys that are to be split, in the order of the file names.
   *
   * @param folder every {@code keystore*.json} in it is read
   * @param passwordFile its first line is the password of all of them
   * @param onKey called with the number of each key read, from 1: deriving one takes a sixth of a
   *     second or more
   * @return the caller's to close
   * @throws InvalidConfiguration if one cannot be opened, or there is none
   */
  public static List<SecretKey> load(Path folder, Path passwordFile, IntConsumer onKey) {
    List<Path> files = files(folder);
    List<SecretKey> keys = new ArrayList<>();
    try (Password password = loadPassword(passwordFile);
        KeystoreReader reader = new KeystoreReader()) {
      for (Path file : files) {
        keys.add(open(file, reader, password));
        onKey.accept(keys.size());
      }
      return keys;
    } catch (InvalidConfiguration wrong) {
      keys.forEach(SecretKey::close);
      throw wrong;
    }
  }

  /**
   * @throws InvalidConfiguration if the store cannot be opened
   */
  static SecretKey open(Path file, KeystoreReader reader, Password password) {
    return switch (reader.read(file, password)) {
      case KeystoreResult.Opened opened -> opened.key();
      case KeystoreResult.Refused refused ->
          throw new InvalidConfiguration(
              fault(refused.problem()), file.toString(), refused.detail());
    };
  }

  /** The first line of a file. */
  static Password loadPassword(Path file) {
    return SecretFile.withFirstLine(file, Password::of);
  }

  /** 256 bits as hexadecimal digits, for the caller to zero. */
  static byte[] randomPassword(SecureRandom random) {
    byte[] drawn = new byte[RANDOM_PASSWORD_BYTES];
    random.nextBytes(drawn);
    byte[] digits = new byte[2 * drawn.length];
    for (int i = 0; i < drawn.length; i++) {
      digits[2 * i] = (byte) HexFormat.of().toHighHexDigit(drawn[i]);
      digits[2 * i + 1] = (byte) HexFormat.of().toLowHexDigit(drawn[i]);
    }
    Arrays.fill(drawn, (byte) 0);
    return digits;
  }

  private static List<Path> files(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, PATTERN)) {
      entries.forEach(files::add);
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(folder, failure);
    }
    if (files.isEmpty()) {
      throw new InvalidConfiguration(
          ConfigurationFault.UNREADABLE, folder.toString(), "there is no " + PATTERN);
    }
    files.sort(null);
    return files;
  }

  private static ConfigurationFault fault(KeystoreProblem problem) {
    return switch (problem) {
      case UNREADABLE -> ConfigurationFault.UNREADABLE;
      case TOO_LARGE -> ConfigurationFault.TOO_LARGE;
      case WRONG_PASSWORD -> ConfigurationFault.WRONG_PASSWORD;
      case MALFORMED, UNSUPPORTED, OUT_OF_BOUNDS, NOT_A_KEY, WRONG_PUBLIC_KEY ->
          ConfigurationFault.BROKEN_KEY_STORE;
    };
  }
}
