/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The key stores of an operator's folder while its pod runs: what is written here, {@link
 * OperatorFolder} reads at the next start.
 */
public final class ShareStore {
  private final Path folder;
  private final ClusterFile cluster;
  private final int position;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param position of the operator in the cluster file
   */
  public ShareStore(Path folder, ClusterFile cluster, int position) {
    this.folder = folder;
    this.cluster = cluster;
    this.position = position;
  }

  /**
   * What {@link #write} writes with, under the folder's password, which is made if it is missing.
   *
   * @throws InvalidConfiguration if the password is open to others, or cannot be read or written
   */
  public KeystoreWriter writer() {
    Path file = folder.resolve(OperatorFolder.PASSWORD);
    try {
      if (!Files.exists(file)) {
        byte[] drawn = KeyStores.randomPassword(random);
        OwnerOnlyFile.replace(file, drawn);
        Arrays.fill(drawn, (byte) 0);
      }
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(file, failure);
    }
    SecretFile.refuseIfOpen(file);
    try (Password password = KeyStores.loadPassword(file)) {
      return KeystoreWriter.pbkdf2(password, random);
    }
  }

  /**
   * Puts a key share where it is read from, in place of what is there. On disk afterwards, wholly
   * or not at all.
   *
   * @param key this operator's share of the validator's
   * @throws IOException if it cannot be written
   */
  public void write(KeystoreWriter writer, int validator, SecretKey key, String path)
      throws IOException {
    Path file = OperatorFolder.keyStore(folder, validator);
    Files.createDirectories(folder.resolve(OperatorFolder.KEY_STORES));
    OwnerOnlyFile.replace(
        file,
        writer
            .write(key, path, OperatorFolder.description(cluster, position, validator))
            .toArray());
  }

  /**
   * Deletes a key share for good, if it is there.
   *
   * @throws IOException if it cannot be deleted
   */
  public void delete(int validator) throws IOException {
    OwnerOnlyFile.delete(OperatorFolder.keyStore(folder, validator));
  }
}
