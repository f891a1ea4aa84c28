/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import dev.quorate.actors.wiring.ChainClock;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.store.DatabaseRefusedException;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.signing.threshold.SharedKey;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Where the database of an operator's pods is, and whose it is, for a command beside them. It needs
 * none of the operator's key shares.
 *
 * @param keys the folder with the operator's identity key
 */
public record OwnDatabase(
    OperatorFolder.Owner folder, DatabaseSettings where, Path keys, Path marks, ChainClock clock) {
  /**
   * Asks the operator's beacon nodes which chain it is on.
   *
   * @throws dev.quorate.config.InvalidConfiguration if settings or folder are wrong, or no beacon
   *     node answers
   */
  public static OwnDatabase of(Path config) throws InterruptedException {
    OperatorSettings settings = OperatorSettings.load(config);
    return new OwnDatabase(
        OperatorFolder.owner(settings.files().cluster(), settings.files().keys()),
        DatabaseLogin.of(settings.database()),
        settings.files().keys(),
        settings.files().marks(),
        new ChainClock(ChainFacts.ask(settings.beaconNodes()), System::currentTimeMillis));
  }

  public ClusterFile cluster() {
    return folder.cluster();
  }

  public Bytes32 genesisValidatorsRoot() {
    return clock.times().genesis().validatorsRoot();
  }

  /**
   * @param key the validator's public key or this operator's share of it, with or without 0x
   * @throws ParameterException if it is neither
   */
  public SharedKey validator(String key, CommandSpec command) {
    String wanted = key.startsWith("0x") ? key.substring(2) : key;
    return cluster().validators().stream()
        .filter(validator ->
            validator.group().compressed().hex().equalsIgnoreCase(wanted)
                || share(validator).hex().equalsIgnoreCase(wanted))
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                command.commandLine(), "--validator is none of this operator's validators"));
  }

  /** The operator's public share of a validator's key, 48 bytes. */
  public Bytes share(SharedKey validator) {
    return validator.shares().get(folder.position()).compressed();
  }

  private OperatorIdentity identity() {
    return new OperatorIdentity(
        cluster().operators().get(folder.position()).identityKey().encoded().toBytes(),
        cluster().hash(),
        genesisValidatorsRoot());
  }

  /**
   * @throws DatabaseRefusedException if no pod ever ran on the database, it is another's, or an H2
   *     file that a pod has open
   */
  public OperatorDatabase open() {
    return OperatorDatabase.openExisting(where, identity());
  }

  /** Makes the database ready as a pod that starts does. */
  public OperatorDatabase make() {
    return OperatorDatabase.open(where, identity());
  }
}
