/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.Shared;
import dev.quorate.signing.batch.SameMessageBatch;
import dev.quorate.signing.curve.G1;
import dev.quorate.signing.curve.G2;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every case of ethereum/bls12-381-tests, one test a file. */
class BlsVectorsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The tag of RFC 9380's own vectors. */
  private static final String RFC_9380_TAG = "QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_";

  @Test
  void thereAreAsManyCasesAsTheSuiteHas() throws IOException {
    try (Stream<Path> files = Files.walk(Shared.folder("vectors/bls12-381-tests"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".json"))).hasSize(98);
    }
  }

  @TestFactory
  Stream<DynamicTest> sign() {
    return cases(
        "sign",
        test -> {
          Optional<Bytes> signature =
              SecretKey.decode(hex(test.at("/input/privkey")).toArray())
                  .map(key -> key.sign(hex(test.at("/input/message"))).compressed());
          assertThat(signature)
              .isEqualTo(
                  Optional.of(test.at("/output")).filter(JsonNode::isTextual).map(this::hex));
        });
  }

  @TestFactory
  Stream<DynamicTest> verify() {
    return cases(
        "verify",
        test -> {
          Optional<PublicKey> key = PublicKey.decode(hex(test.at("/input/pubkey")));
          Optional<Signature> signature = Signature.decode(hex(test.at("/input/signature")));
          boolean verified =
              key.isPresent()
                  && signature.isPresent()
                  && Bls.verify(key.get(), hex(test.at("/input/message")), signature.get());
          assertThat(verified).isEqualTo(test.at("/output").asBoolean());
        });
  }

  @TestFactory
  Stream<DynamicTest> aggregate() {
    return cases(
        "aggregate",
        test ->
            assertThat(Bls.aggregate(signatures(test.at("/input"))).map(Signature::compressed))
                .isEqualTo(
                    Optional.of(test.at("/output")).filter(JsonNode::isTextual).map(this::hex)));
  }

  @TestFactory
  Stream<DynamicTest> aggregateVerify() {
    return cases(
        "aggregate_verify",
        test -> {
          Optional<List<PublicKey>> keys = keys(test.at("/input/pubkeys"));
          Optional<Signature> signature = Signature.decode(hex(test.at("/input/signature")));
          List<Bytes> messages = new ArrayList<>();
          test.at("/input/messages").forEach(message -> messages.add(hex(message)));
          boolean verified =
              keys.isPresent()
                  && signature.isPresent()
                  && Bls.aggregateVerify(keys.get(), messages, signature.get());
          assertThat(verified).isEqualTo(test.at("/output").asBoolean());
        });
  }

  @TestFactory
  Stream<DynamicTest> fastAggregateVerify() {
    return cases(
        "fast_aggregate_verify",
        test -> {
          Optional<List<PublicKey>> keys = keys(test.at("/input/pubkeys"));
          Optional<Signature> signature = Signature.decode(hex(test.at("/input/signature")));
          boolean verified =
              keys.isPresent()
                  && signature.isPresent()
                  && Bls.fastAggregateVerify(
                      keys.get(),
                      HashedMessage.of(hex(test.at("/input/message"))),
                      signature.get());
          assertThat(verified).isEqualTo(test.at("/output").asBoolean());
        });
  }

  /** The suite's batches have a message for each signature: here they make one batch a message. */
  @TestFactory
  Stream<DynamicTest> batchVerify() {
    SecureRandom random = Seeds.random();
    return cases(
        "batch_verify",
        test -> {
          Optional<List<PublicKey>> keys = keys(test.at("/input/pubkeys"));
          List<Signature> signatures = signatures(test.at("/input/signatures"));
          boolean verified =
              keys.isPresent()
                  && batches(keys.get(), test.at("/input/messages"), signatures).entrySet().stream()
                      .allMatch(batch ->
                          SameMessageBatch.verify(
                                  HashedMessage.of(batch.getKey()), batch.getValue(), random)
                              .invalid()
                              .isEmpty());
          assertThat(verified).isEqualTo(test.at("/output").asBoolean());
        });
  }

  private Map<Bytes, List<SameMessageBatch.Entry>> batches(
      List<PublicKey> keys, JsonNode messages, List<Signature> signatures) {
    Map<Bytes, List<SameMessageBatch.Entry>> batches = new HashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      batches
          .computeIfAbsent(hex(messages.get(i)), message -> new ArrayList<>())
          .add(new SameMessageBatch.Entry(keys.get(i), signatures.get(i)));
    }
    return batches;
  }

  @TestFactory
  Stream<DynamicTest> deserializationInG1() {
    return cases(
        "deserialization_G1",
        test -> {
          Bytes encoded = hex(test.at("/input/pubkey"));
          Optional<G1> point =
              Optional.of(encoded)
                  .filter(bytes -> bytes.size() == PublicKey.BYTES)
                  .flatMap(G1::decode)
                  .filter(G1::isInGroup);
          assertThat(point.isPresent()).isEqualTo(test.at("/output").asBoolean());
          point.ifPresent(decoded -> assertThat(decoded.compressed()).isEqualTo(encoded));
          assertThat(PublicKey.decode(encoded).isPresent())
              .isEqualTo(point.filter(decoded -> !decoded.isInfinity()).isPresent());
        });
  }

  @TestFactory
  Stream<DynamicTest> deserializationInG2() {
    return cases(
        "deserialization_G2",
        test -> {
          Bytes encoded = hex(test.at("/input/signature"));
          Optional<Signature> signature = Signature.decode(encoded).filter(Signature::isInGroup);
          assertThat(signature.isPresent()).isEqualTo(test.at("/output").asBoolean());
          signature.ifPresent(decoded -> assertThat(decoded.compressed()).isEqualTo(encoded));
        });
  }

  @TestFactory
  Stream<DynamicTest> hashToG2() {
    return cases(
        "hash_to_G2",
        test -> {
          Bytes message = Bytes.of(test.at("/input/msg").asText().getBytes(StandardCharsets.UTF_8));
          // x and y as "real,imaginary", where a serialised point has the imaginary part first.
          String[] x = test.at("/output/x").asText().replace("0x", "").split(",", -1);
          String[] y = test.at("/output/y").asText().replace("0x", "").split(",", -1);
          assertThat(G2.hash(message, RFC_9380_TAG).uncompressed().hex())
              .isEqualTo(x[1] + x[0] + y[1] + y[0]);
        });
  }

  private static Stream<DynamicTest> cases(String folder, Consumer<JsonNode> check) {
    Path cases = Shared.folder("vectors/bls12-381-tests").resolve(folder);
    try (Stream<Path> files = Files.list(cases)) {
      return files.sorted().toList().stream()
          .map(file ->
              DynamicTest.dynamicTest(
                  String.valueOf(file.getFileName()),
                  () -> check.accept(MAPPER.readTree(file.toFile()))));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private Bytes hex(JsonNode node) {
    return Bytes.fromHex(node.asText());
  }

  private Optional<List<PublicKey>> keys(JsonNode node) {
    List<PublicKey> keys = new ArrayList<>();
    node.forEach(key -> PublicKey.decode(hex(key)).ifPresent(keys::add));
    return Optional.of(keys).filter(decoded -> decoded.size() == node.size());
  }

  private List<Signature> signatures(JsonNode node) {
    List<Signature> signatures = new ArrayList<>();
    node.forEach(signature -> signatures.add(Signature.decode(hex(signature)).orElseThrow()));
    return signatures;
  }
}
