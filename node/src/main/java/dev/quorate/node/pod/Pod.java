/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.pod;

import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.actors.wiring.Operator;
import dev.quorate.actors.wiring.StillRunningException;
import dev.quorate.config.Address;
import dev.quorate.config.ConfigurationFault;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.http.AdminApi;
import dev.quorate.http.keymanager.KeymanagerApi;
import dev.quorate.http.validator.ValidatorApi;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * One pod of one operator on its database. This is the only way to start one, be it in a process of
 * its own or among others.
 */
public final class Pod implements AutoCloseable {
  private static final String PEERS = "quorate.peers.bind-address";
  private static final String POD = "quorate.pod.address";
  private static final String ADMIN = "quorate.admin.bind-address";
  private static final String VALIDATOR_API = "quorate.validator-api.bind-address";
  private static final String KEYMANAGER_API = "quorate.keymanager-api.bind-address";

  private final OperatorDatabase database;
  private final Operator operator;
  private final Optional<AdminApi> api;
  private final Optional<ValidatorApi> validatorApi;
  private final Optional<KeymanagerApi> keymanagerApi;

  private Pod(
      OperatorDatabase database,
      Operator operator,
      Optional<AdminApi> api,
      Optional<ValidatorApi> validatorApi,
      Optional<KeymanagerApi> keymanagerApi) {
    this.database = database;
    this.operator = operator;
    this.api = api;
    this.validatorApi = validatorApi;
    this.keymanagerApi = keymanagerApi;
  }

  /**
   * Blocks until the database is open and the pod's APIs listen; links and entities come up
   * afterwards.
   *
   * @param folder the operator's keys; they remain the caller's to close, after this
   * @param where the database, with the login that {@code settings} only name
   * @param times of the chain that the operator's beacon nodes are on
   * @throws InvalidConfiguration if nothing can listen at an address of the settings, or the keys'
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
    Optional<Address> admin = settings.admin().bind();
    refuseIfTaken(PEERS, settings.peers().bind());
    refuseIfTaken(POD, settings.pod().address());
    admin.ifPresent(bind -> refuseIfTaken(ADMIN, bind));
    settings.validatorApi().ifPresent(api -> refuseIfTaken(VALIDATOR_API, api.bind()));
    settings.keymanagerApi().ifPresent(api -> refuseIfTaken(KEYMANAGER_API, api.bind()));
    OperatorDatabase database =
        OperatorDatabase.open(
            where,
            new OperatorIdentity(
                folder.identity().publicKey().encoded().toBytes(),
                folder.cluster().hash(),
                times.genesis().validatorsRoot()));
    try {
      Operator operator =
          Operator.start(new Operator.Parts(folder, settings, times, database, figures));
      try {
        return new Pod(
            database,
            operator,
            admin.map(bind -> serve(operator, bind)),
            settings.validatorApi().map(api -> serve(operator, api)),
            settings.keymanagerApi().map(api -> serve(operator, settings, api)));
      } catch (RuntimeException failure) {
        try {
          operator.close();
        } catch (StillRunningException late) {
          failure.addSuppressed(late);
        }
        throw failure;
      }
    } catch (RuntimeException failure) {
      database.close();
      throw failure;
    }
  }

  private static AdminApi serve(Operator operator, Address bind) {
    try {
      return AdminApi.start(operator, bind);
    } catch (IOException failure) {
      throw taken(ADMIN, bind, failure);
    }
  }

  private static ValidatorApi serve(Operator operator, OperatorSettings.SecuredApi settings) {
    try {
      return ValidatorApi.start(
          operator.system(),
          new ValidatorApi.Parts(
              operator.cluster().validators().stream()
                  .map(validator -> validator.group().compressed())
                  .toList(),
              operator.cluster().validators().stream()
                  .map(validator -> validator.shares().get(operator.position()).compressed())
                  .toList(),
              operator.times(),
              System::currentTimeMillis,
              operator.clientDesk().orElseThrow(),
              operator.nodes().toCompletableFuture().join(),
              operator.doubles(),
              validator ->
                  CompletableFuture.runAsync(
                      () -> operator.approveExit(validator),
                      operator.system().dispatchers().lookup(DispatcherSelector.blocking()))),
          settings);
    } catch (IOException failure) {
      throw taken(VALIDATOR_API, settings.bind(), failure);
    }
  }

  private static KeymanagerApi serve(
      Operator operator, OperatorSettings settings, OperatorSettings.SecuredApi api) {
    try {
      return KeymanagerApi.start(
          operator.system(),
          new KeymanagerApi.Parts(
              operator.cluster(),
              operator.position(),
              operator.keyDesk(),
              settings.remoteSigner().map(OperatorSettings.RemoteSigner::origin),
              new KeymanagerApi.Exits() {
                @Override
                public void approve(int validator) {
                  operator.approveExit(validator);
                }

                @Override
                public Optional<Signed<VoluntaryExit>> signed(int validator, long slot) {
                  return operator.signedExit(validator, slot);
                }
              },
              operator.times(),
              System::currentTimeMillis),
          api);
    } catch (IOException failure) {
      throw taken(KEYMANAGER_API, api.bind(), failure);
    }
  }

  /** Whoever binds would find out too, but only once keys and database are in use. */
  private static void refuseIfTaken(String key, Address bind) {
    try {
      new ServerSocket(bind.port(), 1, InetAddress.getByName(bind.host())).close();
    } catch (IOException failure) {
      throw taken(key, bind, failure);
    }
  }

  private static InvalidConfiguration taken(String key, Address bind, IOException failure) {
    return new InvalidConfiguration(
        ConfigurationFault.PORT_TAKEN,
        key,
        "nothing can listen at " + bind + ": " + failure.getMessage());
  }

  /** Where the admin API listens; empty if it is off. */
  public Optional<InetSocketAddress> adminAddress() {
    return api.map(AdminApi::address);
  }

  /** Where the validator API listens; empty if it is off. */
  public Optional<InetSocketAddress> validatorApiAddress() {
    return validatorApi.map(ValidatorApi::address);
  }

  /** Where the keymanager API listens; empty if it is off. */
  public Optional<InetSocketAddress> keymanagerApiAddress() {
    return keymanagerApi.map(KeymanagerApi::address);
  }

  public Operator operator() {
    return operator;
  }

  public OperatorDatabase database() {
    return database;
  }

  /** Ends at once, as if the process had died. Blocks. */
  public void abandon() {
    try (database) {
      operator.abandon();
    }
  }

  /**
   * Hands over, stops the actors, then closes the database. Blocks.
   *
   * @throws dev.quorate.actors.wiring.StillRunningException if the actors did not stop in time; the
   *     database is closed under them
   */
  @Override
  public void close() {
    try (database) {
      operator.close();
    }
  }
}
