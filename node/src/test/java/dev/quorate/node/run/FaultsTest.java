/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.node.process.Table;
import dev.quorate.node.run.FaultyNetwork.Seat;
import dev.quorate.node.run.QuorateProcess.Ground;
import dev.quorate.node.run.Wire.Condition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Operators as processes, on a real PostgreSQL, with links, databases and clocks that fail. As long
 * as one operator alone is hit, no duty is missed; whatever is hit, nothing is signed that
 * contradicts anything else, and each missed duty has its reason in a journal.
 */
@EnabledIfSystemProperty(
    named = "quorate.faults",
    matches = "true",
    disabledReason = "it takes a quarter of an hour; e2e/faults runs it")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsTest {
  private static final int HIT = FaultyNetwork.HIT;
  private static final int SLOTS_PER_EPOCH = 8;
  private static final ProcessNetwork.Size SIZE = new ProcessNetwork.Size(32, SLOTS_PER_EPOCH);
  private static final int SHORT_SLOTS = 8;

  /** Longer than blocks take attestations: what is due at its begin is missed. */
  private static final int LONG_SLOTS = 3 * SLOTS_PER_EPOCH;

  /** From the return of a database to the next signature. */
  private static final Duration SIGNS_AGAIN_MAX = Duration.ofSeconds(10);

  private static final String FAKETIME = System.getProperty("quorate.faketime", "");

  private static final String FOREIGN = "quorate_fence_refused_total{reason=\"FENCED\"}";

  private static final List<String> WRITTEN =
      List.of("event_journal", "snapshot", "vote_fence", "signing_history", "high_water");

  private static final String DISCARDED = "quorate_messages_discarded_total";

  /** What is true where fewer than a quorum take part. */
  private static final Set<Reason> TOO_FEW_OPERATORS =
      EnumSet.of(Reason.NO_PROPOSAL, Reason.NO_QUORUM, Reason.TOO_FEW_PARTIALS, Reason.INTERRUPTED);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Table table =
      new Table("fault", "injected", "missed", "conflicting", "explained", "beside");
  private FaultyNetwork network;
  private Path folder;
  private long fineSince;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    System.out.println("FaultsTest -Dseed=" + seed);
    this.folder = folder;
    network = new FaultyNetwork(folder, SIZE);
    network.mend();
  }

  @BeforeEach
  void mend() throws Exception {
    network.mend();
    // Not the next: what was found open by a pod that was just started is done by then.
    fineSince = network.chain().currentSlot() + 2;
    network.chain().awaitSlot(fineSince);
  }

  @AfterAll
  void stop() {
    System.out.println(table);
    network.close();
  }

  // ---- processes

  @Test
  void anOperatorIsKilledAtAnyMomentOfADuty() throws Exception {
    int times = 8;
    for (int i = 0; i < times; i++) {
      Seat seat = new Seat(random.nextInt(FaultyNetwork.OPERATORS), 0);
      passSomeOfASlot();
      network.kill(seat);
      network.start(seat);
      network.awaitReady();
    }
    nothingIsMissed("kill -9 of an operator", times, "");
  }

  @Test
  void twoOperatorsAreKilledAtOnceAndStayAway() throws Exception {
    passSomeOfASlot();
    network.kill(new Seat(1, 0));
    network.kill(new Seat(2, 0));
    passSlots(LONG_SLOTS);
    network.mend();
    eachHasItsReason("kill -9 of two operators, away for " + LONG_SLOTS + " slots");
  }

  @Test
  void allOperatorsAreKilledAtOnce() throws Exception {
    int times = 2;
    for (int i = 0; i < times; i++) {
      passSomeOfASlot();
      for (int operator = 0; operator < FaultyNetwork.OPERATORS; operator++) {
        network.kill(new Seat(operator, 0));
      }
      network.mend();
    }
    // Of what was due meanwhile no journal can tell.
    judge("kill -9 of all operators", times, "nobody was there to write why");
  }

  @Test
  void aPodOfTwoIsKilledAtAnyMomentOfADuty() throws Exception {
    network.start(Seat.HIT_SECOND);
    network.awaitReady();
    int times = 4;
    for (int i = 0; i < times; i++) {
      Seat seat = new Seat(HIT, i % 2);
      passSomeOfASlot();
      network.kill(seat);
      network.start(seat);
      network.awaitReady();
    }
    nothingIsMissed("kill -9 of a pod of two", times, "");
  }

  // ---- who owns a validator

  @Test
  void twoPodsBothOwnAllValidators() throws Exception {
    for (Seat seat : List.of(Seat.HIT_FIRST, Seat.HIT_SECOND)) {
      if (seat.equals(Seat.HIT_FIRST)) {
        network.stop(seat);
      }
      network.start(seat, generous());
    }
    network.awaitReady();
    network.wires().becomeBetweenPods(Condition.SILENT);
    FaultyNetwork.await("two owners", () -> ownsAll(Seat.HIT_FIRST) && ownsAll(Seat.HIT_SECOND));
    String contested = contested(Seat.HIT_FIRST, Seat.HIT_SECOND);
    network.kill(Seat.HIT_SECOND);
    network.stop(Seat.HIT_FIRST);
    network.mend();
    nothingIsMissed("two pods that both own all validators", 1, contested);
  }

  @Test
  void aSecondClusterOfTheOperatorRunsOnItsDatabase() throws Exception {
    network.start(Seat.HIT_APART);
    network.awaitReady();
    String contested = contested(Seat.HIT_FIRST, Seat.HIT_APART);
    network.kill(Seat.HIT_FIRST);
    passSlots(SHORT_SLOTS);
    assertThat(network.granted(Seat.HIT_APART)).isPositive();
    network.mend();
    nothingIsMissed("a second cluster on an operator's database", 1, contested);
  }

  /** Each removes the other whenever it does not reach it. */
  private static Ground generous() {
    return new Ground(
        List.of("-Dquorate-lease.lease-class=" + GenerousLease.class.getName()), Map.of());
  }

  private boolean ownsAll(Seat seat) throws Exception {
    return network.metric(seat, "quorate_validators_here") == SIZE.validators();
  }

  /** Lets two pods do the same duties for a while. */
  private String contested(Seat one, Seat other) throws Exception {
    double before = network.granted(one) + network.granted(other);
    double lostBefore = network.metric(one, FOREIGN) + network.metric(other, FOREIGN);
    passSlots(2 * SHORT_SLOTS);
    double lost = network.metric(one, FOREIGN) + network.metric(other, FOREIGN) - lostBefore;
    assertThat(network.granted(one) + network.granted(other)).isGreaterThan(before);
    assertThat(lost).as("duties that another owned").isPositive();
    assertThat(network.impairments(one) + network.impairments(other)).contains("RIVAL");
    return "%.0f duties were another's".formatted(lost);
  }

  // ---- the database

  @Test
  void theDatabaseIsAway() throws Exception {
    network.chain().postgres().close(ProcessNetwork.database(HIT));
    nothingIsSigned();
    network.chain().postgres().open(ProcessNetwork.database(HIT));
    signsAgain("database away");
  }

  @Test
  void theDatabaseIsSilent() throws Exception {
    network.database().become(Condition.SILENT);
    nothingIsSigned();
    network.database().become(Condition.FINE);
    signsAgain("database silent");
  }

  @Test
  void theDatabaseIsSlow() throws Exception {
    network.database().become(Condition.SLOW);
    passSlots(SHORT_SLOTS);
    network.database().become(Condition.FINE);
    signsAgain("database slow");
  }

  @Test
  void theDatabaseCanOnlyBeRead() throws Exception {
    String name = ProcessNetwork.database(HIT);
    PostgresProcess postgres = network.chain().postgres();
    postgres.execute("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
    postgres.disconnect(name);
    nothingIsSigned();
    postgres.execute("ALTER DATABASE " + name + " RESET default_transaction_read_only");
    postgres.disconnect(name);
    signsAgain("database read-only");
  }

  @Test
  void theDatabasesDiskIsFull() throws Exception {
    execute(
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$\
        """);
    for (String written : WRITTEN) {
      execute(
          "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON "
              + written
              + " EXECUTE FUNCTION full_disk()");
    }
    nothingIsSigned();
    execute("DROP FUNCTION full_disk CASCADE");
    signsAgain("database's disk full");
  }

  @Test
  void answersToCommitsAreLost() throws Exception {
    network.database().become(Condition.LOSES_ANSWERS_TO_COMMITS);
    passSlots(SHORT_SLOTS);
    network.database().become(Condition.FINE);
    long lost = network.database().answersLost();
    assertThat(lost).isPositive();
    signsAgain("commits of unknown outcome", Math.toIntExact(lost));
  }

  private void execute(String statement) throws SQLException {
    try (Connection connection = network.chain().postgres().connect(ProcessNetwork.database(HIT));
        Statement running = connection.createStatement()) {
      connection.setSchema(ProcessNetwork.SCHEMA);
      running.execute(statement);
    }
  }

  private void nothingIsSigned() throws Exception {
    passSlots(SHORT_SLOTS / 2);
    double before = network.granted(Seat.HIT_FIRST);
    passSlots(SHORT_SLOTS / 2);
    assertThat(network.granted(Seat.HIT_FIRST)).as("signatures meanwhile").isEqualTo(before);
  }

  private void signsAgain(String fault) throws Exception {
    signsAgain(fault, 1);
  }

  private void signsAgain(String fault, int injected) throws Exception {
    Duration again = network.untilNextSignature(Seat.HIT_FIRST);
    assertThat(again).isLessThan(SIGNS_AGAIN_MAX);
    nothingIsMissed(
        fault,
        injected,
        String.format(Locale.ROOT, "signs again after %.1f s", again.toMillis() / 1000.0));
  }

  // ---- links

  @Test
  void anOperatorIsCutOff() throws Exception {
    network.wires().become(Condition.CUT, link -> link.touches(HIT));
    passSlots(SHORT_SLOTS);
    network.wires().heal();
    nothingIsMissed("an operator cut off", 1, "");
  }

  @Test
  void anOperatorIsNotHeard() throws Exception {
    network.wires().become(Condition.SILENT, link -> link.from() == HIT);
    passSlots(SHORT_SLOTS);
    network.wires().heal();
    nothingIsMissed("an operator that hears and is not heard", 1, "");
  }

  @Test
  void anOperatorHearsNothing() throws Exception {
    network.wires().become(Condition.SILENT, link -> link.to() == HIT);
    passSlots(SHORT_SLOTS);
    network.wires().heal();
    nothingIsMissed("an operator that is heard and hears nothing", 1, "");
  }

  @Test
  void anOperatorIsFarAway() throws Exception {
    network.wires().become(Condition.SLOW, link -> link.touches(HIT));
    passSlots(SHORT_SLOTS);
    network.wires().heal();
    nothingIsMissed("an operator whose links take 300 ms", 1, "");
  }

  @Test
  void twoOperatorsAreCutOff() throws Exception {
    network.wires().become(Condition.CUT, link -> link.touches(HIT) || link.touches(0));
    passSlots(LONG_SLOTS);
    network.wires().heal();
    eachHasItsReason("two operators cut off for " + LONG_SLOTS + " slots");
  }

  @Test
  void anOperatorFloods() throws Exception {
    network.stop(new Seat(2, 0));
    double before = network.metric(Seat.HIT_FIRST, DISCARDED);
    try (QuorateProcess flood =
        network.startInsteadOf(
            2,
            FloodingPeer.class,
            network.chain().folder(2),
            network.chain().genesisMillis(),
            network.chain().slotMillis())) {
      flood.awaitLine("floods");
      passSlots(2 * SHORT_SLOTS);
      assertThat(flood.isAlive()).isTrue();
    }
    double discarded = network.metric(Seat.HIT_FIRST, DISCARDED) - before;
    assertThat(discarded).as("messages that were not believed").isPositive();
    nothingIsMissed(
        "an operator that floods", 1, "%.0f messages discarded by another".formatted(discarded));
  }

  // ---- clocks

  @Test
  void aClockIsSetForward() throws Exception {
    clockIsSet("+20", "an operator's clock set 20 s forward");
  }

  @Test
  void aClockIsSetBack() throws Exception {
    clockIsSet("-20", "an operator's clock set 20 s back");
  }

  private void clockIsSet(String seconds, String fault) throws Exception {
    assumeTrue(!FAKETIME.isEmpty(), "no libfaketime: clocks stay as they are");
    network.stop(Seat.HIT_FIRST);
    Path clock = Files.writeString(folder.resolve("clock"), "+0");
    network.start(
        Seat.HIT_FIRST,
        new Ground(
            List.of(),
            Map.of(
                "LD_PRELOAD", FAKETIME,
                "FAKETIME_TIMESTAMP_FILE", clock.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "FAKETIME_DONT_RESET", "1")));
    network.awaitReady();
    passSlots(2);
    Files.writeString(clock, seconds);
    FaultyNetwork.await("it notices", () -> !network.isReady(Seat.HIT_FIRST));
    passSlots(SHORT_SLOTS);
    Files.writeString(clock, "+0");
    passSlots(SHORT_SLOTS);
    network.stop(Seat.HIT_FIRST);
    network.mend();
    nothingIsMissed(fault, 2, "not ready meanwhile");
  }

  // ---- beacon nodes

  @Test
  void allBeaconNodesDisagree() throws Exception {
    for (int node = 0; node < FaultyNetwork.OPERATORS; node++) {
      network.chain().setFaults(node, "[{\"kind\":\"otherHead\",\"salt\":" + (node + 1) + "}]");
    }
    passSlots(SHORT_SLOTS);
    endBeaconFaults();
    nothingIsMissed("four beacon nodes with four heads", 1, "");
  }

  @Test
  void aBeaconNodeLies() throws Exception {
    List<String> fields =
        List.of("SLOT", "TARGET_EPOCH", "TARGET_ROOT", "SOURCE_EPOCH", "SOURCE_ROOT");
    for (String field : fields) {
      network.chain().setFaults(HIT, "[{\"kind\":\"lie\",\"field\":\"" + field + "\"}]");
      passSlots(4);
    }
    endBeaconFaults();
    nothingIsMissed("a beacon node that lies", fields.size(), "");
  }

  private void endBeaconFaults() throws Exception {
    for (int node = 0; node < FaultyNetwork.OPERATORS; node++) {
      network.chain().setFaults(node, "[]");
    }
  }

  // ---- time

  private void passSomeOfASlot() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextInt(2 * network.chain().slotMillis()));
  }

  private void passSlots(int slots) throws InterruptedException {
    network.chain().awaitSlot(network.chain().currentSlot() + slots);
  }

  // ---- what must hold

  private void nothingIsMissed(String fault, int injected, String beside) throws Exception {
    assertThat(judge(fault, injected, beside).missed()).as("missed").isEmpty();
  }

  private void eachHasItsReason(String fault) throws Exception {
    FaultyNetwork.Judgement judgement = judge(fault, 1, "");
    assertThat(judgement.explained()).as("explained").isEqualTo(judgement.missed().size());
    assertThat(judgement.reasonsOfMissed()).isSubsetOf(TOO_FEW_OPERATORS);
  }

  private FaultyNetwork.Judgement judge(String fault, int injected, String beside)
      throws Exception {
    FaultyNetwork.Judgement judgement = network.judge(fineSince);
    System.out.println(fault + ": " + judgement);
    table.row(
        fault,
        injected,
        judgement.missed().size(),
        judgement.conflicting(),
        judgement.explained(),
        beside);
    judgement.requireSafe();
    return judgement;
  }
}
