/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static dev.quorate.config.Clusters.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterFileTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ClusterFile CLUSTER = cluster(4, 3);

  @TempDir private Path folder = Path.of("");

  private static ClusterFile cluster(int operators, int validators) {
    List<OperatorFolder> dealt =
        ClusterCreation.dealFreshKeys(Clusters.plan(operators), validators, RANDOM);
    dealt.forEach(OperatorFolder::close);
    return dealt.getFirst().cluster();
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("cluster.json"), content);
  }

  /** The file after somebody laid hands on it. */
  private Path edited(Consumer<ObjectNode> edit) throws IOException {
    ObjectNode json = (ObjectNode) StrictJson.MAPPER.readTree(CLUSTER.toJson());
    edit.accept(json);
    return write(StrictJson.write(json));
  }

  private static ObjectNode operator(JsonNode json, int position) {
    return (ObjectNode) json.path("operators").path(position);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 7, 40})
  void readsWhatItWrote(int operators) throws IOException {
    ClusterFile cluster = cluster(operators, 2);

    ClusterFile loaded = ClusterFile.load(write(cluster.toJson()));

    assertThat(loaded).isEqualTo(cluster);
    assertThat(loaded.quorum()).isEqualTo(new Quorum(operators));
    assertThat(loaded.toJson()).isEqualTo(cluster.toJson());
  }

  @Test
  void hashesEveryFieldUnderItsLength() {
    // The lengths keep a character that moves from one field to the next from going unnoticed.
    List<ClusterFile.Operator> operators = new ArrayList<>(CLUSTER.operators());
    operators.set(0, new ClusterFile.Operator("a", key(0), new Address("bc", 1)));
    List<ClusterFile.Operator> shifted = new ArrayList<>(operators);
    shifted.set(0, new ClusterFile.Operator("ab", key(0), new Address("c", 1)));

    assertThat(withOperators(operators).hash()).isNotEqualTo(withOperators(shifted).hash());
    assertThat(withOperators(operators).hash()).isEqualTo(withOperators(operators).hash());
  }

  private static ClusterFile proposing(Optional<Proposals> proposals) {
    return ClusterFile.of(
        "test",
        3,
        Optional.empty(),
        CLUSTER.operators(),
        CLUSTER.validators(),
        Optional.empty(),
        proposals);
  }

  @Test
  void whatIsProposedIsAgreedOnUnderTheHash() throws IOException {
    Bytes paid = Bytes.fromHex("ab".repeat(20));
    List<ClusterFile> files =
        Stream.of(
                Optional.<Proposals>empty(),
                Optional.of(new Proposals(paid, OptionalInt.empty())),
                Optional.of(new Proposals(paid, OptionalInt.of(30_000_000))),
                Optional.of(new Proposals(paid, OptionalInt.of(60_000_000))),
                Optional.of(
                    new Proposals(Bytes.fromHex("cd".repeat(20)), OptionalInt.of(60_000_000))))
            .map(ClusterFileTest::proposing)
            .toList();
    assertThat(files.stream().map(ClusterFile::hash).distinct()).hasSize(files.size());
    for (ClusterFile file : files) {
      assertThat(ClusterFile.load(write(file.toJson()))).isEqualTo(file);
    }
  }

  @Test
  void refusesAFeeRecipientThatIsNoneAndALimitThatIsNotPositive() throws IOException {
    for (String address : List.of("0x", "0x" + "00".repeat(20), "0x" + "ab".repeat(19), "me")) {
      assertThat(
              refusal(
                  ConfigurationFault.MALFORMED,
                  () ->
                      ClusterFile.load(
                          edited(
                              json -> json.putObject("proposals").put("feeRecipient", address)))))
          .contains("proposals.feeRecipient");
    }
    for (int limit : new int[] {0, -1}) {
      assertThat(
              refusal(
                  ConfigurationFault.MALFORMED,
                  () ->
                      ClusterFile.load(
                          edited(json ->
                              json.putObject("proposals")
                                  .put("feeRecipient", "0x" + "ab".repeat(20))
                                  .put("builderGasLimit", limit)))))
          .contains("proposals.builderGasLimit");
    }
  }

  private static IdentityPublicKey key(int operator) {
    return CLUSTER.operators().get(operator).identityKey();
  }

  private static ClusterFile withOperators(List<ClusterFile.Operator> operators) {
    return ClusterFile.of(
        "test",
        3,
        Optional.empty(),
        operators,
        CLUSTER.validators(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void refusesAFileThatSomebodyChanged() throws IOException {
    for (Consumer<ObjectNode> edit :
        List.<Consumer<ObjectNode>>of(
            json -> json.put("name", "other"),
            json -> json.put("threshold", 4).put("livenessLossConfirmed", "we accept it"),
            json -> json.put("livenessLossConfirmed", "for nothing"),
            json -> json.put("protectionHash", "0x" + "00".repeat(32)),
            json -> operator(json, 1).put("address", "127.0.0.1:1"),
            json -> operator(json, 1).put("name", "mallory"),
            json ->
                operator(json, 1)
                    .put("identityKey", IdentityKey.generate(RANDOM).publicKey().toString()),
            json -> json.withArray("validators").remove(2))) {
      Path file = edited(edit);

      assertThat(refusal(ConfigurationFault.WRONG_HASH, () -> ClusterFile.load(file)))
          .startsWith(file + ": hash: ");
    }
  }

  @Test
  void refusesAShareOffThePolynomial() {
    List<SharedKey> validators = new ArrayList<>(CLUSTER.validators());
    SharedKey second = validators.get(1);
    List<PublicKey> shares = new ArrayList<>(second.shares());
    shares.set(2, validators.get(0).shares().get(2));
    validators.set(1, new SharedKey(second.group(), shares));

    assertThat(
            refusal(
                ConfigurationFault.SHARE_OFF_POLYNOMIAL,
                () ->
                    ClusterFile.of(
                        "test",
                        3,
                        Optional.empty(),
                        CLUSTER.operators(),
                        validators,
                        Optional.empty(),
                        Optional.empty())))
        .startsWith("validators[1]: ");
  }

  @Test
  void refusesSharesOfAHigherThresholdThanItNames() {
    ClusterPlan all = new ClusterPlan("t", 7, Optional.of("all"), Clusters.addresses(7));
    List<OperatorFolder> dealt = ClusterCreation.dealFreshKeys(all, 1, RANDOM);
    dealt.forEach(OperatorFolder::close);
    ClusterFile sevenOfSeven = dealt.getFirst().cluster();

    refusal(
        ConfigurationFault.SHARE_OFF_POLYNOMIAL,
        () ->
            ClusterFile.of(
                "t",
                5,
                Optional.empty(),
                sevenOfSeven.operators(),
                sevenOfSeven.validators(),
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void holdsTheThresholdWithinItsBoundsForEveryNumberOfOperators() {
    for (int n = ClusterFile.OPERATORS_MIN; n <= Quorum.OPERATORS_MAX; n++) {
      List<Address> addresses = Clusters.addresses(n);
      int f = new Quorum(n).faulty();
      for (int t = -1; t <= n + 1; t++) {
        int threshold = t;
        if (t > n) {
          refusal(
              ConfigurationFault.THRESHOLD_UNREACHABLE,
              () -> new ClusterPlan("t", threshold, Optional.of("yes"), addresses));
        } else if (2 * t <= n + f) {
          refusal(
              ConfigurationFault.THRESHOLD_UNSAFE,
              () -> new ClusterPlan("t", threshold, Optional.of("yes"), addresses));
        } else if (t > n - f) {
          refusal(
              ConfigurationFault.THRESHOLD_NOT_LIVE,
              () -> new ClusterPlan("t", threshold, Optional.empty(), addresses));
          assertThat(new ClusterPlan("t", t, Optional.of("yes"), addresses)).isNotNull();
        } else {
          assertThat(new ClusterPlan("t", t, Optional.empty(), addresses)).isNotNull();
        }
      }
      assertThat(new ClusterPlan("t", ClusterPlan.thresholdDefault(n), Optional.empty(), addresses))
          .isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 41})
  void refusesTooFewAndTooManyOperators(int operators) {
    refusal(ConfigurationFault.OPERATOR_COUNT, () -> Clusters.plan(operators));
  }

  @Test
  void refusesWhatStandsInItTwice() {
    ClusterFile.Operator first = CLUSTER.operators().getFirst();
    for (ClusterFile.Operator copy :
        List.of(
            new ClusterFile.Operator(first.name(), key(3), new Address("h", 1)),
            new ClusterFile.Operator("other", first.identityKey(), new Address("h", 1)),
            new ClusterFile.Operator("other", key(3), first.address()))) {
      List<ClusterFile.Operator> operators = new ArrayList<>(CLUSTER.operators());
      operators.set(3, copy);

      assertThat(refusal(ConfigurationFault.DUPLICATE, () -> withOperators(operators)))
          .startsWith("operators[3].");
    }
    List<SharedKey> validators = new ArrayList<>(CLUSTER.validators());
    validators.add(validators.getFirst());
    assertThat(
            refusal(
                ConfigurationFault.DUPLICATE,
                () ->
                    ClusterFile.of(
                        "test",
                        3,
                        Optional.empty(),
                        CLUSTER.operators(),
                        validators,
                        Optional.empty(),
                        Optional.empty())))
        .startsWith("validators[3].publicKey: ");
  }

  @Test
  void refusesUnknownKeysWhereverTheyStand() throws IOException {
    for (Consumer<ObjectNode> edit :
        List.<Consumer<ObjectNode>>of(
            json -> json.put("surprise", 1),
            json -> operator(json, 0).put("surprise", 1),
            json -> ((ObjectNode) json.path("validators").path(0)).put("surprise", 1))) {
      Path file = edited(edit);

      assertThat(refusal(ConfigurationFault.UNKNOWN_KEY, () -> ClusterFile.load(file)))
          .contains("\"surprise\"");
    }
  }

  @Test
  void refusesAnotherVersionWhateverElseItHolds() throws IOException {
    Path file = edited(json -> json.put("version", 2).put("surprise", 1));

    refusal(ConfigurationFault.UNKNOWN_VERSION, () -> ClusterFile.load(file));
  }

  @Test
  void refusesMalformedFields() throws IOException {
    for (Consumer<ObjectNode> edit :
        List.<Consumer<ObjectNode>>of(
            json -> json.remove("name"),
            json -> json.put("name", ""),
            json -> json.put("name", "line\nbreak"),
            json -> json.put("threshold", "3"),
            json -> json.put("threshold", 3.0),
            json -> json.put("threshold", 1L << 33),
            json -> json.putNull("livenessLossConfirmed"),
            json -> json.put("livenessLossConfirmed", " "),
            json -> json.put("hash", "0x00"),
            json -> json.put("operators", "all of us"),
            json -> operator(json, 0).put("address", "localhost"),
            json -> operator(json, 0).put("address", "localhost:0"),
            json -> operator(json, 0).put("address", "localhost:65536"),
            json -> json.withArray("validators").insert(0, 7),
            json ->
                ((ObjectNode) json.path("validators").path(0)).withArray("publicShares").remove(0),
            json -> ((ObjectNode) json.path("validators").path(0)).putArray("publicShares"))) {
      Path file = edited(edit);

      assertThat(refusal(ConfigurationFault.MALFORMED, () -> ClusterFile.load(file)))
          .startsWith(file + ": ");
    }
  }

  @Test
  void refusesBytesThatAreNoPublicKey() throws IOException {
    Path noPoint =
        edited(json ->
            ((ObjectNode) json.path("validators").path(0))
                .put("publicKey", "0x" + "00".repeat(48)));
    assertThat(refusal(ConfigurationFault.NOT_A_PUBLIC_KEY, () -> ClusterFile.load(noPoint)))
        .contains("validators[0].publicKey: ");

    Path lowOrder = edited(json -> operator(json, 2).put("identityKey", "0x" + "00".repeat(32)));
    assertThat(refusal(ConfigurationFault.NOT_A_PUBLIC_KEY, () -> ClusterFile.load(lowOrder)))
        .contains("operators[2].identityKey: ");
  }

  @Test
  void refusesNoValidatorsAndTooMany() throws IOException {
    Path none = edited(json -> json.putArray("validators"));
    refusal(ConfigurationFault.VALIDATOR_COUNT, () -> ClusterFile.load(none));

    List<SharedKey> tooMany = new ArrayList<>();
    for (int i = 0; i <= ClusterFile.VALIDATORS_MAX; i++) {
      tooMany.add(CLUSTER.validators().getFirst());
    }
    refusal(
        ConfigurationFault.VALIDATOR_COUNT,
        () ->
            ClusterFile.of(
                "test",
                3,
                Optional.empty(),
                CLUSTER.operators(),
                tooMany,
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void refusesWhatIsNoJson() throws IOException {
    for (String text : List.of("", "{", "{} {}", "[".repeat(1000), "{\"a\":1,\"a\":2}")) {
      Path file = write(text.getBytes(StandardCharsets.UTF_8));
      refusal(ConfigurationFault.MALFORMED, () -> ClusterFile.load(file));
    }
    // The mark of UTF-32, and a character that Unicode does not have.
    Path noText = write(HexFormat.of().parseHex("fffe00007b000000ffffffff"));
    refusal(ConfigurationFault.MALFORMED, () -> ClusterFile.load(noText));
  }

  @Test
  void aKeyWithoutEndStaysInOneLine() throws IOException {
    Path file = edited(json -> json.put("two\nlines" + "x".repeat(10_000), 1));
    assertThat(refusal(ConfigurationFault.UNKNOWN_KEY, () -> ClusterFile.load(file)))
        .contains("two lines")
        .hasSizeLessThan(1_000);
  }

  @Test
  void refusesAThresholdWhoseDoubleOverflows() throws IOException {
    Path file = edited(json -> json.put("threshold", -(1 << 30) - 1));
    refusal(ConfigurationFault.THRESHOLD_UNSAFE, () -> ClusterFile.load(file));
  }

  @Test
  void refusesAFileBeyondItsBoundWithoutReadingItAll() throws IOException {
    Path file = folder.resolve("huge.json");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.position(1L << 27).write(ByteBuffer.wrap(new byte[1])); // sparse
    }

    refusal(ConfigurationFault.TOO_LARGE, () -> ClusterFile.load(file));
  }

  @Test
  void saysWhichFileIsMissing() {
    Path file = folder.resolve("absent.json");

    assertThat(refusal(ConfigurationFault.UNREADABLE, () -> ClusterFile.load(file)))
        .startsWith(file + ": NoSuchFileException");
  }
}
