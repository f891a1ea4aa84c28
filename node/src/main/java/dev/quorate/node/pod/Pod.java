/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.pod;

import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.Address;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * One pod of one operator on its database. This is the only way to start one, be it in a process of
 * its own or among others.
 */
public final class Pod implements AutoCloseable {
  private final OperatorDatabase database;
  private final Operator operator;

  private Pod(OperatorDatabase database, Operator operator) {
    this.database = database;
    this.operator = operator;
  }

  /**
   * Blocks until the database is open; links and entities come up afterwards.
   *
   * @param folder the operator's keys; they remain the caller's to close, after this
   * @param where the database, with the login that {@code settings} only name
   * @param times of the chain that the operator's beacon nodes are on
   * @throws InvalidConfiguration if nothing can listen at the operator's address, or the keys'
   *     history is of another chain
   * @throws dev.quorate.persistence.store.DatabaseRefusedException if this operator must not run on
   *     that database
   */
  public static Pod start(
      OperatorFolder folder,
      OperatorSettings settings,
      DatabaseSettings where,
      SlotTimes times,
      DutyFigures figures) {
    refuseIfTaken(settings.peers().bind());
    OperatorDatabase database =
        OperatorDatabase.open(
            where,
            new OperatorIdentity(
                folder.identity().publicKey().encoded().toBytes(),
                folder.cluster().hash(),
                times.genesis().validatorsRoot()));
    try {
      return new Pod(
          database, Operator.start(new Operator.Parts(folder, settings, times, database, figures)));
    } catch (RuntimeException failure) {
      database.close();
      throw failure;
    }
  }

  /** The links would find out too, but only once keys and database are in use. */
  private static void refuseIfTaken(Address bind) {
    try {
      new ServerSocket(bind.port(), 1, InetAddress.getByName(bind.host())).close();
    } catch (IOException failure) {
      throw new InvalidConfiguration(
          ConfigurationFault.PORT_TAKEN,
          "quorate.peers.bind-address",
          "nothing can listen at " + bind + ": " + failure.getMessage());
    }
  }

  public Operator operator() {
    return operator;
  }

  public OperatorDatabase database() {
    return database;
  }

  /** Ends at once, as if the process had died. Blocks. */
  public void abandon() {
    operator.abandon();
    database.close();
  }

  /** Hands over, stops the actors, then closes the database. Blocks. */
  @Override
  public void close() {
    operator.close();
    database.close();
  }
}
