/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.wiring.ChainFacts;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.FreePorts;
import dev.quorate.config.KeyHistory;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.CommandRun;
import dev.quorate.node.FolderCopy;
import dev.quorate.node.simulator.SimulatorProcess;
import dev.quorate.persistence.Ledger;
import dev.quorate.persistence.Operator;
import dev.quorate.persistence.history.Journals;
import dev.quorate.persistence.journal.JournalSettings;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The second of four operators, on a chain in its tenth epoch. The second validator was split from
 * a key that had validated.
 */
class ProtectionCommandTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int POSITION = 1;
  private static final long EPOCH_SECONDS = 32 * 12;

  /** What the second key signed before it was split. */
  private static final Watermarks INHERITED = signed(2, 3, 100);

  @TempDir private static Path made = Path.of("");
  private static SimulatorProcess chain;
  private static Bytes32 genesisRoot;
  private static ClusterFile cluster;

  @TempDir private Path temporary = Path.of("");
  private Path conf = Path.of("");

  @BeforeAll
  static void makeTheCluster() throws Exception {
    ClusterPlan plan =
        new ClusterPlan(
            "test",
            3,
            Optional.empty(),
            FreePorts.find(4).stream().map(port -> new Address("127.0.0.1", port)).toList());
    // Which validators the chain knows does not matter here.
    List<OperatorFolder> others = ClusterCreation.dealFreshKeys(plan, 1, RANDOM);
    others.forEach(OperatorFolder::close);
    chain =
        SimulatorProcess.start(
            others.getFirst().cluster(),
            List.of(
                "--port=0",
                "--genesis-time=" + (System.currentTimeMillis() / 1000 - 10 * EPOCH_SECONDS)));
    URI node = URI.create(chain.nodeUrls().getFirst());
    genesisRoot =
        ChainFacts.ask(new OperatorSettings.BeaconNodes(List.of(node), 5_000, 20_000))
            .genesis()
            .validatorsRoot();
    List<SecretKey> keys = List.of(SecretKey.generate(RANDOM), SecretKey.generate(RANDOM));
    SortedMap<Bytes, Watermarks> history = new TreeMap<>();
    history.put(keys.getFirst().publicKey().compressed(), Watermarks.NONE);
    history.put(keys.getLast().publicKey().compressed(), INHERITED);
    List<OperatorFolder> dealt =
        ClusterCreation.split(
            plan, keys, new KeyHistory.Validated(new Protection(genesisRoot, history)), RANDOM);
    cluster = dealt.getFirst().cluster();
    List<URI> nodes = dealt.stream().map(_ -> node).toList();
    ClusterCreation.write(dealt, made.resolve("cluster"), nodes, RANDOM, _ -> {});
    dealt.forEach(OperatorFolder::close);
  }

  @AfterAll
  static void stopTheChain() {
    chain.close();
  }

  @BeforeEach
  void copyTheCluster() throws IOException {
    FolderCopy.make(made.resolve("cluster"), temporary.resolve("cluster"));
    conf = temporary.resolve("cluster/operator-" + POSITION + "/operator.conf");
  }

  private CommandRun protection(String command, Object... arguments) {
    return CommandRun.of(
        Stream.concat(Stream.of("protection", command, "--config", conf), Stream.of(arguments))
            .map(Object::toString)
            .toArray(String[]::new));
  }

  private CommandRun imports(String name, Map<Bytes, Watermarks> signed) throws IOException {
    return imports(name, genesisRoot, signed);
  }

  private CommandRun imports(String name, Bytes32 root, Map<Bytes, Watermarks> signed)
      throws IOException {
    Path file = temporary.resolve(name + ".json");
    Files.write(file, new Protection(root, new TreeMap<>(signed)).toJson());
    return protection("import", file);
  }

  private static Watermarks signed(long source, long target, long slot) {
    return new Watermarks(
        new AttestationWatermark(source, target, Optional.empty()),
        new BlockWatermark(slot, Optional.empty()));
  }

  private static Bytes group(int validator) {
    return cluster.validators().get(validator).group().compressed();
  }

  private static Bytes share(int validator, int position) {
    return cluster.validators().get(validator).shares().get(position).compressed();
  }

  private Protection exported(String as) throws IOException {
    Path out = Files.createTempDirectory(temporary, as).resolve("exported.json");
    assertThat(protection("export", "--as", as, "--out", out).err()).isEmpty();
    return Protection.load(out);
  }

  private static void assertRefused(CommandRun outcome, String... words) {
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).contains(words);
  }

  private void assertNothingWasTaken() {
    assertRefused(protection("export"), "no pod of this operator ever ran on");
  }

  // ---- import and export

  @Test
  void takesWhatOthersSignedUnderGroupKeysOrOwnSharesAndLowersNothing() throws IOException {
    CommandRun first =
        imports("first", Map.of(group(0), signed(4, 5, 170), share(1, POSITION), signed(6, 7, 90)));
    assertThat(first.err()).isEmpty();
    assertThat(first.out()).startsWith("2 validators in the file: of 2 it changes");

    CommandRun second =
        imports(
            "second", Map.of(group(0), signed(3, 5, 160), share(1, POSITION), signed(6, 8, 80)));
    assertThat(second.out())
        .contains("of 1 it changes what the guard knows, of 1 it says nothing new");

    // Of the second validator the block was signed before the key was split.
    assertThat(exported("group").watermarks())
        .hasSize(2)
        .containsEntry(group(0), signed(4, 5, 170))
        .containsEntry(group(1), signed(6, 8, 100));
    assertThat(exported("share").watermarks())
        .hasSize(2)
        .containsEntry(share(0, POSITION), signed(4, 5, 170))
        .containsEntry(share(1, POSITION), signed(6, 8, 100));
  }

  @Test
  void takesNothingOfAFileThatNamesAnotherKey() throws IOException {
    CommandRun outcome =
        imports(
            "foreign",
            Map.of(group(0), signed(4, 5, 170), share(1, POSITION + 1), signed(6, 7, 180)));

    assertRefused(outcome, share(1, POSITION + 1).hex(), "leave out");
    assertNothingWasTaken();
  }

  @Test
  void takesNothingOfAnotherChain() throws IOException {
    CommandRun outcome =
        imports("chain", Bytes32.sha256(new byte[] {3}), Map.of(group(0), signed(4, 5, 170)));

    assertRefused(outcome, "it is of the chain", "of one chain");
    assertNothingWasTaken();
  }

  @Test
  void takesNothingThatWouldSilenceAValidatorForYears() throws IOException {
    CommandRun outcome =
        imports(
            "future",
            Map.of(group(0), signed(4, 5, 170), group(1), signed(4, Long.MAX_VALUE, 170)));

    assertRefused(outcome, group(1).hex(), "lies beyond the clock");
    assertNothingWasTaken();
  }

  @Test
  void leavesAFileAloneThatIsThereAlready() throws IOException {
    imports("first", Map.of());
    Path there = Files.writeString(temporary.resolve("there.json"), "mine");

    assertRefused(protection("export", "--out", there), "there.json cannot be written");

    assertThat(there).hasContent("mine");
  }

  // ---- check

  @Test
  void saysWhatWouldBeRefusedAndWhy() throws IOException {
    imports("first", Map.of(group(0), signed(4, 6, 170)));

    assertCheck("--attestation=4:7", 0, "granted");
    assertCheck("--attestation=4:6", 3, "refused: target epoch 6 was signed elsewhere");
    assertCheck(share(0, POSITION), "--attestation=3:7", 3, "might surround");
    assertCheck("--attestation=4:99999", 3, "the clock is at epoch");
    assertCheck("--block=169", 3, "refused: slot 170 was signed, which is later");
    assertThat(exported("group").watermarks()).containsEntry(group(0), signed(4, 6, 170));
  }

  private void assertCheck(String what, int exitCode, String answer) {
    assertCheck(group(0), what, exitCode, answer);
  }

  private void assertCheck(Bytes key, String what, int exitCode, String answer) {
    CommandRun outcome = protection("check", "--validator", "0x" + key.hex(), what);
    assertThat(outcome.out()).contains(answer);
    assertThat(outcome.out().lines()).hasSize(1);
    assertThat(outcome.exitCode()).isEqualTo(exitCode);
  }

  @Test
  void cannotTellWhereNoPodEverRan() {
    assertRefused(
        protection("check", "--validator", "0x" + group(0).hex(), "--block=171"),
        "no pod of this operator ever ran on");
  }

  @Test
  void refusesToAnswerForAValidatorOfOthers() {
    CommandRun outcome = protection("check", "--validator", "0x00", "--block=1");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("--validator is none of this operator's validators");
  }

  // ---- export-history

  /** Of the first validator, by an entity of this operator's: attestations up to an epoch. */
  private void journal(long fromTarget, long toTarget) {
    try (OperatorFolder folder =
            OperatorFolder.load(temporary.resolve("cluster/operator-" + POSITION));
        Operator operator =
            Operator.on(
                OperatorDatabase.open(
                    DatabaseSettings.of("jdbc:h2:file:" + conf.resolveSibling("database/quorate")),
                    new OperatorIdentity(
                        folder.identity().publicKey().encoded().toBytes(),
                        cluster.hash(),
                        genesisRoot)),
                JournalSettings.DEFAULT)) {
      ActorRef<Ledger.Command> ledger =
          operator.ledger(DistributedValidator.persistenceId(group(0)));
      for (long target = fromTarget; target <= toTarget; target++) {
        DutyEvent.Intended intended = Journals.intended(target - 1, target, "head");
        HashedMessage message = HashedMessage.of(intended.signable().root());
        Operator.await(operator.append(ledger, intended));
        Operator.await(
            operator.append(
                ledger,
                Journals.shared(target, folder.shares().getFirst().sign(message).uncompressed())));
      }
    }
  }

  private CommandRun exportHistory(String validator, Path out) {
    return protection("export-history", "--validator", validator, "--out", out);
  }

  private static CommandRun verifyHistory(Path... files) {
    return CommandRun.of(
        Stream.concat(
                Stream.of("protection", "verify-history"), Stream.of(files).map(Path::toString))
            .toArray(String[]::new));
  }

  @Test
  void othersVerifyWhatAValidatorsJournalHoldsAndThatALaterOneGoesOnFromIt() {
    Path earlier = temporary.resolve("earlier.jsonl");
    Path later = temporary.resolve("later.jsonl");
    journal(1, 4);
    CommandRun exported = exportHistory(group(0).hex(), earlier);
    assertThat(exported.err()).isEmpty();
    assertThat(exported.out()).isEqualToNormalizingNewlines("1 validators, 8 events\n");
    journal(5, 9);
    // By this operator's share.
    assertThat(exportHistory("0x" + share(0, POSITION).hex(), later).exitCode()).isZero();

    CommandRun verified = verifyHistory(earlier, later);

    assertThat(verified.err()).isEmpty();
    assertThat(verified.exitCode()).isZero();
    assertThat(verified.out().lines()).hasSize(2);
    assertThat(verified.out())
        .contains(
            "events 1 to 8 of validator 0x" + group(0).hex(),
            "events 1 to 18 ",
            cluster.operators().get(POSITION).identityKey().toString(),
            share(0, POSITION).hex(),
            cluster.hash().toString());
    assertThat(verifyHistory(later, earlier).exitCode()).isEqualTo(3);
  }

  @Test
  void exportsTheHistoryOfAllValidatorsIntoAFolderThoseThatDidNothingToo() {
    journal(1, 1);
    Path folder = temporary.resolve("histories");

    assertThat(exportHistory("all", folder).out())
        .isEqualToNormalizingNewlines("2 validators, 2 events\n");

    assertThat(verifyHistory(folder.resolve("0x" + group(0).hex() + ".jsonl")).out())
        .contains("events 1 to 2 of validator");
    assertThat(verifyHistory(folder.resolve("0x" + group(1).hex() + ".jsonl")).out())
        .contains("no events of validator");
    assertRefused(exportHistory("all", folder), "choose one that is not there yet");
  }

  @Test
  void exportsNoHistoryOfOthersNorWhereNoPodEverRanNorOverAFile() throws IOException {
    Path out = temporary.resolve("history.jsonl");
    CommandRun others = exportHistory("0x00", out);
    assertThat(others.exitCode()).isEqualTo(2);
    assertThat(others.err()).contains("--validator is none of this operator's validators");
    assertRefused(exportHistory(group(0).hex(), out), "no pod of this operator ever ran on");
    journal(1, 1);
    Files.writeString(out, "mine");

    assertRefused(exportHistory(group(0).hex(), out), "history.jsonl cannot be written");

    assertThat(out).hasContent("mine");
  }
}
