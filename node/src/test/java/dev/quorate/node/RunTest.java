/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.KeyHistory;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.run.QuorateProcess;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** How a pod refuses to start, and how it stops. */
class RunTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private static Path made = Path.of("");
  private static int port;

  @TempDir private Path temporary = Path.of("");
  private Path operator = Path.of("");

  @BeforeAll
  static void makeACluster() throws IOException {
    List<Integer> ports = FreePorts.find(4);
    port = ports.getFirst();
    write(ClusterCreation.dealFreshKeys(plan(ports), 1, RANDOM), made.resolve("cluster"));
  }

  @BeforeEach
  void copyIt() throws IOException {
    FolderCopy.make(made.resolve("cluster"), temporary.resolve("cluster"));
    useOperatorOf(temporary.resolve("cluster"));
  }

  private void useOperatorOf(Path cluster) throws IOException {
    operator = cluster.resolve("operator-0");
    // So that no other test has it.
    set("admin.bind-address = \"127.0.0.1:0\"");
  }

  private static ClusterPlan plan(List<Integer> ports) {
    return new ClusterPlan(
        "test",
        3,
        Optional.empty(),
        ports.stream().map(port -> new Address("127.0.0.1", port)).toList());
  }

  private static void write(List<OperatorFolder> dealt, Path folder) {
    // Where nobody answers, unless a test says otherwise.
    List<URI> nodes = dealt.stream().map(_ -> URI.create("http://127.0.0.1:1")).toList();
    ClusterCreation.write(dealt, folder, nodes, RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);
  }

  private Path conf() {
    return operator.resolve("operator.conf");
  }

  private void set(String setting) throws IOException {
    Files.writeString(conf(), "\nquorate." + setting + "\n", StandardOpenOption.APPEND);
  }

  private record Outcome(int exitCode, String err) {}

  private static Outcome run(Object... arguments) {
    StringWriter err = new StringWriter();
    int exitCode =
        Quorate.commandLine()
            .setErr(new PrintWriter(err))
            .execute(
                Stream.concat(Stream.of("run", "--log-level=error"), Stream.of(arguments))
                    .map(Object::toString)
                    .toArray(String[]::new));
    return new Outcome(exitCode, err.toString());
  }

  private void assertRefuses(String... parts) {
    Outcome outcome = run("--config", conf());
    assertThat(outcome.err()).startsWith("quorate run: ").contains(parts);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
  }

  // ---- what is wrong on this machine

  private record Breakage(String name, Breaking how, List<String> says) {
    static Breakage of(String name, Breaking how, String... says) {
      return new Breakage(name, how, List.of(says));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  private interface Breaking {
    void damage(Path operator) throws IOException;
  }

  private static Breaking setting(String setting) {
    return operator ->
        Files.writeString(
            operator.resolve("operator.conf"),
            "\nquorate." + setting + "\n",
            StandardOpenOption.APPEND);
  }

  private static Breaking open(String file) {
    return operator ->
        Files.setPosixFilePermissions(
            operator.resolve(file), PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static Breaking delete(String file) {
    return operator -> Files.delete(operator.resolve(file));
  }

  static Stream<Breakage> everythingThatCanBeWrongBeforeTheChainIsAsked() {
    return Stream.of(
        Breakage.of("no file", delete("operator.conf"), "operator.conf", "check the path"),
        Breakage.of("no HOCON", setting("{"), "operator.conf: not HOCON", "correct it"),
        Breakage.of(
            "an unknown key",
            setting("peers.flush-milis = 5"),
            "quorate.peers.flush-milis: there is no such setting",
            "correct the setting"),
        Breakage.of(
            "a bad value",
            setting("peers.flush-millis = soon"),
            "quorate.peers.flush-millis: a whole number from 1 to 1000 is needed"),
        Breakage.of(
            "no beacon node named",
            setting("beacon-nodes.urls = []"),
            "quorate.beacon-nodes.urls: at least one URL is needed"),
        Breakage.of("no cluster file", delete("cluster.json"), "cluster.json", "check the path"),
        Breakage.of(
            "a changed cluster file",
            operator -> {
              Path file = operator.resolve("cluster.json");
              Files.writeString(file, Files.readString(file).replace("\"test\"", "\"best\""));
            },
            "cluster.json",
            "somebody changed the file"),
        Breakage.of("no identity", delete("identity.key"), "identity.key", "check the path"),
        Breakage.of("an open identity", open("identity.key"), "identity.key", "chmod 600"),
        Breakage.of("an open password", open("password.txt"), "password.txt", "chmod 600"),
        Breakage.of(
            "an open key store",
            open("keystores/keystore-0000.json"),
            "keystore-0000.json",
            "chmod 600"),
        Breakage.of(
            "a wrong password",
            operator -> Files.writeString(operator.resolve("password.txt"), "hunter2"),
            "keystore-0000.json",
            "use the password"),
        Breakage.of(
            "another operator's key stores",
            operator -> {
              Files.writeString(
                  operator.resolve("operator.conf"),
                  "\nquorate.files.keys = ../operator-1\n",
                  StandardOpenOption.APPEND);
              Files.copy(
                  operator.resolve("identity.key"),
                  operator.resolveSibling("operator-1").resolve("identity.key"),
                  StandardCopyOption.REPLACE_EXISTING);
            },
            "keystore-0000.json",
            "use the key stores that were made for this operator"),
        Breakage.of(
            "a password of the database that is not there",
            setting(
                "database { url = \"jdbc:postgresql://127.0.0.1:1/x\", password-file = absent }"),
            "absent",
            "check the path"),
        Breakage.of(
            "no remote signer that answers",
            setting("remote-signer { url = \"https://127.0.0.1:1\", first-answer-millis = 200 }"),
            "quorate.remote-signer.url: remote signer https://127.0.0.1:1: ",
            "check that the signer"),
        Breakage.of(
            "a remote signer's certificates that are not there",
            setting(
                "remote-signer { url = \"https://127.0.0.1:1\", trusted-certificates = absent }"),
            "absent",
            "check the path"),
        Breakage.of(
            "no beacon node that answers",
            setting("beacon-nodes.first-answer-millis = 200"),
            "quorate.beacon-nodes.urls: none of [http://127.0.0.1:1] answered within 200 ms",
            "check that the beacon nodes"));
  }

  @ParameterizedTest
  @MethodSource("everythingThatCanBeWrongBeforeTheChainIsAsked")
  void saysInOneLineWhatIsWrongAndWhatToDo(Breakage breakage) throws IOException {
    breakage.how().damage(operator);

    assertRefuses(breakage.says().toArray(String[]::new));
    assertThat(run("--config", conf()).err()).doesNotContain("hunter2");
  }

  // ---- what is wrong with the chain, the database or the port

  private static ClusterFile load(Path operator) {
    return ClusterFile.load(operator.resolve("cluster.json"));
  }

  private SimulatorProcess chain(String... options) {
    return SimulatorProcess.start(
        load(operator), Stream.concat(Stream.of("--port=0"), Stream.of(options)).toList());
  }

  private String databaseUrl() {
    return "jdbc:h2:file:" + operator.resolve("database/quorate");
  }

  @Test
  void refusesAPortAndDatabasesThatItCannotHave() throws Exception {
    try (SimulatorProcess chain = chain();
        SimulatorProcess other = chain("--seed=2")) {
      String node = chain.nodeUrls().getFirst();
      set("beacon-nodes.urls = [\"" + node + "\", \"" + other.nodeUrls().getFirst() + "\"]");
      assertRefuses("quorate.beacon-nodes.urls: the genesis of", "of one chain");

      set("beacon-nodes.urls = [\"" + node + "\"]");
      try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(taken.isBound()).isTrue();
        assertRefuses(
            "quorate.peers.bind-address: nothing can listen at 127.0.0.1:" + port,
            "stop what listens there");
        set("peers.bind-address = \"127.0.0.1:" + FreePorts.find(1).getFirst() + "\"");
        set("admin.bind-address = \"127.0.0.1:" + port + "\"");
        assertRefuses("quorate.admin.bind-address: nothing can listen at 127.0.0.1:" + port);
        set("admin.bind-address = off");
        set("pod.address = \"127.0.0.1:" + port + "\"");
        assertRefuses("quorate.pod.address: nothing can listen at 127.0.0.1:" + port);
        set("pod.address = \"127.0.0.1:0\"");
      }

      // Bound to a chain that this one is not.
      try (OperatorFolder folder = OperatorFolder.load(operator);
          OperatorDatabase database =
              OperatorDatabase.open(
                  DatabaseSettings.of(databaseUrl()),
                  new OperatorIdentity(
                      folder.identity().publicKey().encoded().toBytes(),
                      folder.cluster().hash(),
                      Bytes32.sha256(new byte[] {1})))) {
        assertThat(database.identity()).isNotNull();
        assertRefuses("the database belongs to the chain", "a database of its own");

        // Another process has it open: this one.
        try (QuorateProcess process =
            QuorateProcess.start("run", "--log-level=error", "--config", conf())) {
          assertThat(process.awaitExit()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
          assertThat(process.err()).hasSize(1);
          assertThat(process.err().getFirst())
              .startsWith("quorate run: another process has jdbc:h2:file:")
              .contains("stop that process first");
          assertThat(process.out()).isEmpty();
        }
      }

      set("database.url = \"jdbc:postgresql://127.0.0.1:1/absent?user=hunter2\"");
      assertRefuses("no connection to jdbc:postgresql://127.0.0.1:1/absent;", "check that it runs");
    }
  }

  @Test
  void refusesTheHistoryOfAnotherChain() throws Exception {
    SecretKey key = SecretKey.generate(RANDOM);
    Protection history =
        new Protection(
            Bytes32.sha256(new byte[] {2}),
            new TreeMap<>(Map.of(key.publicKey().compressed(), Watermarks.NONE)));
    write(
        ClusterCreation.split(
            plan(FreePorts.find(4)), List.of(key), new KeyHistory.Validated(history), RANDOM),
        temporary.resolve("given"));
    useOperatorOf(temporary.resolve("given"));
    try (SimulatorProcess chain = chain()) {
      set("beacon-nodes.urls = [\"" + chain.nodeUrls().getFirst() + "\"]");

      assertRefuses("slashing protection: it is of the chain", "of one chain");
    }
    assertNothingRuns();
  }

  @Test
  void refusesOneAddressForTwoOfItsParts() throws Exception {
    try (SimulatorProcess chain = chain()) {
      set("beacon-nodes.urls = [\"" + chain.nodeUrls().getFirst() + "\"]");
      String address = "\"127.0.0.1:" + FreePorts.find(1).getFirst() + "\"";
      set("pod.address = " + address);
      set("admin.bind-address = " + address);

      // Each is free before the pod starts.
      assertRefuses("quorate.admin.bind-address: nothing can listen at 127.0.0.1:");
    }
    assertNothingRuns();
  }

  /** Of what a pod starts first, and no other test does in this process meanwhile. */
  private static void assertNothingRuns() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("signing-guard", "vote-fence");
  }

  // ---- how it stops

  @Test
  void stopsWhileItWaitsForABeaconNode() throws Exception {
    try (QuorateProcess process = QuorateProcess.start("run", "--config", conf())) {
      process.awaitLine("waiting for an answer of a beacon node");
      process.stop();

      assertThat(process.out().getLast()).endsWith("stopped");
    }
  }

  @Test
  void saysWhatItWaitsForUntilItIsToldToStop() throws Exception {
    try (SimulatorProcess chain = chain()) {
      set("beacon-nodes.urls = [\"" + chain.nodeUrls().getFirst() + "\"]");
      try (QuorateProcess process = QuorateProcess.start("run", "--config", conf())) {
        assertThat(process.awaitLine("waiting for links"))
            .endsWith("waiting for links to operator-1, operator-2, operator-3");
        process.stop();

        assertThat(process.out())
            .anyMatch(line -> line.contains("operator-0 (1 of 4, 3 sign) in the cluster \"test\""))
            .anyMatch(line -> line.endsWith("validators: 1"))
            .anyMatch(line -> line.contains("operator-3 at 127.0.0.1:"))
            .anyMatch(line -> line.endsWith("database: " + databaseUrl()))
            .anyMatch(line -> line.contains("beacon nodes: http://127.0.0.1:"))
            .noneMatch(line -> line.contains("ready"));
        assertThat(process.out().getLast()).endsWith("stopped");
      }
    }
  }
}
