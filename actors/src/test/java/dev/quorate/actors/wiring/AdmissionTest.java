/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An operator signed, and then its database was replaced with a backup from before. Epochs of eight
 * slots of 12 s; it is the middle of epoch 10.
 */
class AdmissionTest {
  private static final int HONEST = 1;
  private static final int LIAR = 3;
  private static final long SLOT_MILLIS = 12_000;
  private static final int SLOTS_PER_EPOCH = 8;
  private static final long EPOCH_MILLIS = SLOTS_PER_EPOCH * SLOT_MILLIS;
  private static final GuardVerdict GRANTED = new GuardVerdict.Granted();
  private static final GuardVerdict QUARANTINED = new GuardVerdict.Refused(Reason.QUARANTINED);
  private static final Bytes32 FORGOTTEN = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 ANOTHER = Bytes32.sha256(new byte[] {2});

  private final ActorTestKit kit =
      ActorTestKit.create(
          "admission",
          ConfigFactory.parseString(
              "pekko.actor.provider = cluster, pekko.remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }"));
  private final PeerCounters peers = new PeerCounters(4);
  private final AtomicLong clock = new AtomicLong();
  private final SlotTimes times;
  private final List<OperatorFolder> folders;
  private final Bytes key;
  private final Path folder;
  private OperatorDatabase database;
  private SigningGuard guard;
  private VoteFence fence;
  private Admission admission;

  AdmissionTest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    OperatorFolder.neverSigned(folder.resolve("marks"));
    clock.set(System.currentTimeMillis());
    times =
        new SlotTimes(
            ChainSpec.ofJson(
                new JsonMapper()
                    .readTree(
                        """
                        {"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"8","GENESIS_FORK_VERSION":"0x00000000"}
                        """)),
            new Genesis(
                (clock.get() - 10 * EPOCH_MILLIS - EPOCH_MILLIS / 2) / 1000,
                Bytes32.sha256(new byte[] {0}),
                Bytes.fromHex("00000000")));
    folders =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan(
                "admission",
                3,
                Optional.empty(),
                IntStream.range(0, 4).mapToObj(i -> new Address("127.0.0.1", 4000 + i)).toList()),
            1,
            new SecureRandom());
    key = folders.getFirst().cluster().validators().getFirst().group().compressed();
    open();
  }

  @BeforeEach
  void signWhatTheBackupDoesNotKnow() throws Exception {
    assertThat(attest(8, 9, FORGOTTEN)).isEqualTo(GRANTED);
    close();
    Path file = folder.resolve("database.mv.db");
    Path backup = Files.copy(file, folder.resolve("backup"));
    open();
    assertThat(attest(9, 10, FORGOTTEN)).isEqualTo(GRANTED);
    close();
    Files.copy(backup, file, StandardCopyOption.REPLACE_EXISTING);
    open();
    kit.spawn(admission.behavior(peers));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
    close();
    folders.forEach(OperatorFolder::close);
  }

  /** As a leader it would propose another attestation, and as a peer it is behind by hours. */
  @Test
  void theOnlyPeerThatHoldsTheLastPartialLies() {
    peers.answered(LIAR, ahead(Duration.ofHours(-5)));
    assertThat(admission.isSealed()).isTrue();
    assertThat(attest(9, 10, ANOTHER)).isEqualTo(QUARANTINED);

    peers.answered(HONEST, ahead(Duration.ZERO));
    awaitAdmitted();

    assertThat(attest(9, 10, ANOTHER)).as("a second vote").isEqualTo(QUARANTINED);
    clock.addAndGet(EPOCH_MILLIS);
    assertThat(attest(8, 11, ANOTHER)).as("a vote around it").isEqualTo(QUARANTINED);
    assertThat(attest(10, 11, ANOTHER)).isEqualTo(GRANTED);
  }

  @Test
  void aLiarsClockOnlyProlongsAndForAnHourAtMost() {
    long hours = 5;
    peers.answered(LIAR, ahead(Duration.ofHours(hours)));
    peers.answered(HONEST, ahead(Duration.ZERO));
    awaitAdmitted();

    long hour = Duration.ofHours(1).toMillis() / EPOCH_MILLIS;
    assertThat(admission.quarantine().orElseThrow().epoch()).isBetween(10 + hour, 12 + hour);
    assertThat(attest(9, 10, ANOTHER)).isEqualTo(QUARANTINED);
  }

  private void awaitAdmitted() {
    kit.createTestProbe()
        .awaitAssert(
            Duration.ofSeconds(20),
            () -> {
              assertThat(admission.isSealed()).isFalse();
              return admission;
            });
  }

  private static PeerCounters.Vitals ahead(Duration offset) {
    return new PeerCounters.Vitals("pod-0", "0.1.0", Duration.ofMillis(1), offset.toMillis());
  }

  private GuardVerdict attest(long source, long target, Bytes32 root) {
    return guard
        .ask(key, DutyId.attester(target * SLOTS_PER_EPOCH, 0), new Signable(root, source, target))
        .toCompletableFuture()
        .join();
  }

  private void open() {
    database =
        OperatorDatabase.open(
            DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("database")),
            new OperatorIdentity(
                folders.getFirst().identity().publicKey().encoded().toBytes(),
                folders.getFirst().cluster().hash(),
                times.genesis().validatorsRoot()));
    OperatorSettings settings =
        OperatorSettings.of(
            ConfigFactory.parseMap(
                Map.of(
                    "quorate.peers.bind-address",
                    "127.0.0.1:4000",
                    "quorate.beacon-nodes.urls",
                    List.of("http://127.0.0.1:5052"),
                    "quorate.files.marks",
                    folder.resolve("marks").toString())),
            folder);
    guard = new SigningGuard(database, new ChainClock(times, clock::get));
    fence = new VoteFence(database);
    admission =
        new Admission(
            new Operator.Parts(
                folders.getFirst(), settings, times, database, new DutyFigures((_, _) -> {})),
            guard,
            fence,
            clock::get);
    admission.judge();
  }

  private void close() {
    admission.close();
    guard.close();
    fence.close();
    database.close();
  }
}
