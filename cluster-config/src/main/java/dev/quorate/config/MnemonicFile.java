/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.derivation.Mnemonic;
import dev.quorate.signing.derivation.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Whole keys that are to be split, from the mnemonic that they were derived from. */
public final class MnemonicFile {
  /** The largest index of a validator (EIP-2333). */
  public static final long INDEX_MAX = Seed.INDEX_MAX;

  private MnemonicFile() {}

  /**
   * The signing keys m/12381/3600/i/0/0 (EIP-2334) of a mnemonic.
   *
   * @param file its first line is the mnemonic (BIP-39), of any language
   * @param passphraseFile its first line is the mnemonic's passphrase; empty for most people
   * @param first the first i
   * @param onKey called with the number of each key derived, from 1
   * @return in order, the caller's to close
   * @throws InvalidConfiguration if a file cannot be read, is open to others, or holds none, or
   *     there are no such validators
   */
  public static List<SecretKey> load(
      Path file, Optional<Path> passphraseFile, long first, int count, IntConsumer onKey) {
    ClusterFile.checkValidatorCount(count);
    SecretFile.refuseIfOpen(file);
    passphraseFile.ifPresent(SecretFile::refuseIfOpen);
    Optional<Mnemonic> known = SecretFile.withFirstLine(file, Mnemonic::of);
    try (Mnemonic mnemonic = known.orElseThrow(() -> broken(file));
        Seed seed =
            passphraseFile
                .map(secret -> SecretFile.withFirstLine(secret, mnemonic::seed))
                .orElseGet(() -> mnemonic.seed(new char[0]))) {
      return seed.signingKeys(first, count, onKey);
    }
  }

  private static InvalidConfiguration broken(Path file) {
    return new InvalidConfiguration(
        ConfigurationFault.BROKEN_MNEMONIC,
        file.toString(),
        "its first line is not 12, 15, 18, 21 or 24 words of small letters alone");
  }
}
