/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.sign.RemoteSignerException;
import dev.quorate.actors.sign.Web3Signer;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What a remote signer must hold before an operator that signs with it starts: its share of every
 * validator's key.
 */
public final class RemoteKeys {
  private static final long BETWEEN_MILLIS = 250;
  private static final int NAMED_MAX = 3;

  private final OperatorSettings.RemoteSigner settings;
  private final List<Bytes> shares;

  /**
   * @param folder whose cluster file names the public shares
   */
  public RemoteKeys(OperatorSettings.RemoteSigner settings, OperatorFolder folder) {
    this.settings = settings;
    this.shares =
        folder.cluster().validators().stream()
            .map(validator -> validator.shares().get(folder.position()).compressed())
            .toList();
  }

  /**
   * Asks until the signer has all of them: it may still be reading them. Blocks.
   *
   * @return how many there are
   * @throws InvalidConfiguration if it did not answer in time, or still lacks some then
   */
  public int await() throws InterruptedException {
    long deadlineNanos =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.firstAnswerMillis());
    try (Web3Signer signer = new Web3Signer(settings)) {
      while (true) {
        String lack = lack(signer);
        if (lack.isEmpty()) {
          return shares.size();
        }
        if (System.nanoTime() > deadlineNanos) {
          throw new InvalidConfiguration(
              ConfigurationFault.NO_REMOTE_SIGNER, "quorate.remote-signer.url", lack);
        }
        TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
      }
    }
  }

  /** What is missing, empty if nothing is. */
  private String lack(Web3Signer signer) {
    try {
      Set<Bytes> held = signer.publicKeys();
      List<Bytes> missing = shares.stream().filter(share -> !held.contains(share)).toList();
      return missing.isEmpty()
          ? ""
          : "%s lacks %d of %d key shares: %s%s"
              .formatted(
                  settings.origin(),
                  missing.size(),
                  shares.size(),
                  missing.stream()
                      .limit(NAMED_MAX)
                      .map(share -> "0x" + share.hex())
                      .collect(Collectors.joining(", ")),
                  missing.size() > NAMED_MAX ? " and others" : "");
    } catch (RemoteSignerException failure) {
      return String.valueOf(failure.getMessage());
    }
  }
}
