/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The consensus specs' own vectors, one test a case. */
class SszStaticTest {
  private static final int MUTATIONS = 20;

  @TestFactory
  Stream<DynamicTest> encodesHashesAndDecodesEveryCase() {
    return cases((type, json) -> {
      Bytes serialized = Bytes.fromHex(json.path("serialized").textValue());
      Bytes32 root = Bytes32.fromHex(json.path("root").textValue());

      SszValue read = SszJson.read(type, json.path("value")).orElseThrow();
      assertThat(Ssz.encode(type, read).hex()).isEqualTo(serialized.hex());
      assertThat(Ssz.hashTreeRoot(type, read)).isEqualTo(root);

      SszValue decoded = Ssz.decode(type, serialized).orElseThrow();
      assertThat(decoded).isEqualTo(read);
      assertThat(SszJson.write(type, decoded)).isEqualTo(json.path("value"));
    });
  }

  @TestFactory
  Stream<DynamicTest> refusesEveryCaseCutShortOrWithAByteMore() {
    return cases((type, json) -> {
      byte[] bytes = Bytes.fromHex(json.path("serialized").textValue()).toArray();
      Bytes shorter = Bytes.of(bytes).slice(0, bytes.length - 1);
      Bytes longer = Bytes.wrap(Arrays.copyOf(bytes, bytes.length + 1));
      // A container that ends in a list may lose or gain an element that way, no more.
      for (Bytes changed : List.of(shorter, longer)) {
        Optional<SszValue> decoded = Ssz.decode(type, changed);
        if (type.fixedSize().isPresent()) {
          assertThat(decoded).isEmpty();
        }
        decoded.ifPresent(value -> assertThat(Ssz.encode(type, value)).isEqualTo(changed));
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> decodesNothingThatItWouldEncodeOtherwise() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SszStaticTest -Dseed=" + seed);
    return cases((type, json) -> {
      byte[] bytes = Bytes.fromHex(json.path("serialized").textValue()).toArray();
      Random random = new Random(seed ^ bytes.length);
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] mutated = bytes.clone();
        // Offsets stand in front: half of the changes go there.
        int reach = random.nextBoolean() ? Math.min(16, bytes.length) : bytes.length;
        mutated[random.nextInt(reach)] = (byte) random.nextInt();
        Bytes changed = Bytes.wrap(mutated);
        Ssz.decode(type, changed)
            .ifPresent(value -> assertThat(Ssz.encode(type, value)).isEqualTo(changed));
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> recordsAgreeWithTheEngine() {
    return cases(
        Stream.of("Checkpoint", "AttestationData"),
        (type, json) -> {
          Bytes serialized = Bytes.fromHex(json.path("serialized").textValue());
          Bytes32 root = Bytes32.fromHex(json.path("root").textValue());
          if (type.fields().size() == 2) {
            assertThat(Checkpoint.ofJson(json.path("value")).map(Checkpoint::hashTreeRoot))
                .isEqualTo(below63(json) ? Optional.of(root) : Optional.empty());
            return;
          }
          Optional<AttestationData> data = AttestationData.decode(serialized);
          assertThat(data).isEqualTo(AttestationData.ofJson(json.path("value")));
          assertThat(data.isPresent()).isEqualTo(below63(json));
          data.ifPresent(value -> {
            assertThat(value.encode()).isEqualTo(serialized);
            assertThat(value.hashTreeRoot()).isEqualTo(root);
            assertThat(value.toJson()).isEqualTo(json.path("value"));
          });
        });
  }

  private static boolean below63(JsonNode json) {
    return json.path("value").findValuesAsText("epoch").stream()
            .allMatch(epoch -> Long.parseUnsignedLong(epoch) >= 0)
        && Long.parseUnsignedLong(json.path("value").path("slot").asText("0")) >= 0
        && Long.parseUnsignedLong(json.path("value").path("index").asText("0")) >= 0;
  }

  private static Stream<DynamicTest> cases(BiConsumer<SszType.Container, JsonNode> check) {
    return Stream.of("deneb", "electra", "fulu")
        .flatMap(
            fork -> SharedVectors.filesOf(SharedVectors.at("ssz-static/mainnet/" + fork)).stream())
        .flatMap(file -> cases(file, check));
  }

  private static Stream<DynamicTest> cases(
      Stream<String> containers, BiConsumer<SszType.Container, JsonNode> check) {
    return containers
        .flatMap(name ->
            Stream.of("deneb", "electra", "fulu")
                .map(fork -> "ssz-static/mainnet/" + fork + "/" + name + ".json"))
        .flatMap(file -> cases(SharedVectors.at(file), check));
  }

  private static Stream<DynamicTest> cases(
      Path file, BiConsumer<SszType.Container, JsonNode> check) {
    String fork = file.getName(file.getNameCount() - 2).toString();
    String name = file.getName(file.getNameCount() - 1).toString().replace(".json", "");
    SszType.Container type =
        new BeaconTypes(Fork.valueOf(fork.toUpperCase(Locale.ROOT)), Preset.MAINNET)
            .container(name);
    return SharedVectors.json(file)
        .valueStream()
        .map(json ->
            DynamicTest.dynamicTest(
                fork
                    + " "
                    + name
                    + " "
                    + json.path("suite").asText()
                    + " "
                    + json.path("case").asText(),
                () -> check.accept(type, json)));
  }
}
