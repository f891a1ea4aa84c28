/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.OperatorFolder;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyEvent.Aftermath;
import dev.quorate.consensus.duty.DutyEvent.Trail;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.node.CommandRun;
import dev.quorate.node.FolderCopy;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.store.OperatorDatabase;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The second of four operators, no pod of which runs, on a chain in its tenth epoch. */
class ExplainCommandTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int POSITION = 1;
  private static final long EPOCH_SECONDS = 32 * 12;
  private static final DutyId MISSED = DutyId.attester(40, 0);
  private static final DutyId DONE = DutyId.attester(70, 0);

  @TempDir private static Path made = Path.of("");
  private static SimulatorProcess chain;
  private static ClusterFile cluster;

  @TempDir private Path temporary = Path.of("");
  private Path conf = Path.of("");

  @BeforeAll
  static void makeClusterAndJournal() throws Exception {
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(
            new ClusterPlan(
                "test",
                3,
                Optional.empty(),
                FreePorts.find(4).stream().map(port -> new Address("127.0.0.1", port)).toList()),
            1,
            RANDOM);
    cluster = dealt.getFirst().cluster();
    chain =
        SimulatorProcess.start(
            cluster,
            List.of(
                "--port=0",
                "--genesis-time=" + (System.currentTimeMillis() / 1000 - 10 * EPOCH_SECONDS)));
    URI node = URI.create(chain.nodeUrls().getFirst());
    ClusterCreation.write(
        dealt, made.resolve("cluster"), dealt.stream().map(_ -> node).toList(), RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);
    OwnDatabase own = OwnDatabase.of(confIn(made));
    try (OperatorDatabase database = own.make()) {
      Bytes32 last = Bytes32.ZERO;
      List<DutyEvent> rows =
          List.of(
              new DutyEvent.Failed(
                  MISSED, Reason.NO_QUORUM, List.of(), List.of(), Trail.NONE, Aftermath.NONE, 1),
              new DutyEvent.Completed(
                  DONE,
                  Optional.empty(),
                  Bytes.wrap(new byte[96]),
                  List.of(0, 2, 3),
                  List.of(),
                  List.of(new DutyEvent.Arrival(0, 2)),
                  Trail.NONE,
                  Aftermath.NONE,
                  2));
      for (int i = 0; i < rows.size(); i++) {
        ChainedEvent row = EventCodec.chain(last, rows.get(i));
        last = row.hash();
        insert(
            database,
            DistributedValidator.persistenceId(
                own.cluster().validators().getFirst().group().compressed()),
            i + 1,
            own.clock().times().attestationDueMillis(rows.get(i).duty().slot()),
            row.encoded().toArray());
      }
    }
  }

  private static Path confIn(Path folder) {
    return folder.resolve("cluster/operator-" + POSITION + "/operator.conf");
  }

  private static void insert(
      OperatorDatabase database, String id, long number, long atMillis, byte[] payload)
      throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO \"event_journal\" (\"persistence_id\", \"sequence_number\","
                    + " \"writer\", \"write_timestamp\", \"adapter_manifest\","
                    + " \"event_payload\", \"event_ser_id\", \"event_ser_manifest\")"
                    + " VALUES (?, ?, '', ?, '', ?, 24110, 'event')")) {
      insert.setString(1, id);
      insert.setLong(2, number);
      insert.setLong(3, atMillis);
      insert.setBytes(4, payload);
      insert.executeUpdate();
    }
  }

  @AfterAll
  static void stopTheChain() {
    chain.close();
  }

  @BeforeEach
  void copyThem() throws IOException {
    FolderCopy.make(made.resolve("cluster"), temporary.resolve("cluster"));
    conf = confIn(temporary);
  }

  private CommandRun explain(String... arguments) {
    return CommandRun.of(
        Stream.concat(Stream.of("explain", "--config=" + conf), Stream.of(arguments))
            .toArray(String[]::new));
  }

  @Test
  void tellsFromTheDatabaseAloneWhileNoPodRuns() throws Exception {
    String key = cluster.validators().getFirst().group().compressed().hex();
    CommandRun byName = explain(MISSED.toString());
    CommandRun byKey = explain("--validator", key.substring(0, 12) + key.charAt(12), "--slot=40");

    assertThat(byName.err()).isEmpty();
    assertThat(byName.exitCode()).isZero();
    assertThat(byName.out())
        .contains("attester/40/0: MISSED, NO_QUORUM")
        .contains(Reason.NO_QUORUM.meaning(), Reason.NO_QUORUM.remedy());
    assertThat(byKey).isEqualTo(byName);

    JsonNode json = new JsonMapper().readTree(explain(DONE.toString(), "--json").out());
    assertThat(json.at("/duty/progress").asText()).isEqualTo("COMPLETED");
    assertThat(json.path("operator").asInt()).isEqualTo(POSITION);
    assertThat(json.path("silent")).extracting(JsonNode::asInt).containsExactly(1);
    assertThat(json.at("/duty/partials/0/operator").asInt()).isZero();
  }

  @Test
  void saysWhatIsKnownInsteadOfADutyThatIsNotInTheJournal() {
    CommandRun other = explain("attester/71/0");
    CommandRun gap = explain("attester/200/0");

    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.out()).isEmpty();
    assertThat(other.err().lines())
        .singleElement()
        .asString()
        .contains("attests once an epoch, and in this one it was attester/70/0");
    assertThat(gap.err())
        .contains("or this operator was not running", "of attester/70/0, written ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attester/40",
        "attester/40/x",
        "rest/40/0",
        "--validator=0",
        "--slot=40",
        "--validator=0 --slot=-1",
        "attester/40/0 --validator=0 --slot=40",
      })
  void badUsageExitsWith2(String arguments) {
    CommandRun outcome = explain(arguments.split(" ", -1));

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(2);
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void saysThatThereIsNoSuchValidatorAndWhichRowIsDamaged() throws Exception {
    assertThat(explain("attester/40/1").err()).contains("the cluster has no validator of this");

    OwnDatabase own = OwnDatabase.of(conf);
    try (OperatorDatabase database = own.open();
        Connection connection = database.dataSource().getConnection();
        PreparedStatement damage =
            connection.prepareStatement(
                "UPDATE \"event_journal\" SET \"event_payload\" = ? WHERE \"sequence_number\" = 2")) {
      damage.setBytes(1, new byte[] {1});
      damage.executeUpdate();
    }
    CommandRun damaged = explain(DONE.toString());
    assertThat(damaged.exitCode()).isEqualTo(1);
    assertThat(damaged.err().lines()).singleElement().asString().contains("damaged at its row 2");
  }
}
