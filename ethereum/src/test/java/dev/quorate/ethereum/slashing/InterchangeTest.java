/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.SharedVectors;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterchangeTest {
  private static final Bytes KEY = Bytes.wrap(new byte[48]);
  private static final String ENTRY =
      """
      {"pubkey":"0x%s","signed_blocks":[{"slot":"81952"}],
       "signed_attestations":[{"source_epoch":"2290","target_epoch":"3007"},
                              {"source_epoch":"2291","target_epoch":"3006"}]}
      """
          .formatted("00".repeat(48));

  @TestFactory
  Stream<DynamicTest> passesEveryUpstreamTestOfTheMinimalStrategy() {
    return SharedVectors.filesOf(SharedVectors.at("slashing-interchange/tests/generated")).stream()
        .map(file -> DynamicTest.dynamicTest(file.toString(), () -> run(SharedVectors.json(file))));
  }

  @Test
  void keepsTheMaximaOfAHistoryWithoutItsRoots() {
    assertThat(Interchange.read(history(ENTRY), Bytes32.ZERO))
        .isEqualTo(
            new Interchange.Reading.Understood(
                new TreeMap<>(
                    Map.of(
                        KEY,
                        new Watermarks(
                            new AttestationWatermark(2291, 3007, Optional.empty()),
                            new BlockWatermark(81_952, Optional.empty()))))));
  }

  @Test
  void readsBackWhatItWrites() {
    Bytes other = Bytes.fromHex("ff".repeat(48));
    SortedMap<Bytes, Watermarks> signed = new TreeMap<>();
    signed.put(KEY, Watermarks.NONE);
    signed.put(
        other,
        new Watermarks(
            new AttestationWatermark(0, 0, Optional.of(Bytes32.ZERO)),
            new BlockWatermark(Long.MAX_VALUE, Optional.empty())));
    JsonNode written = Interchange.write(Bytes32.ZERO, signed);
    assertThat(written)
        .isEqualTo(
            SharedVectors.json(
                history(
                    """
                    {"pubkey":"0x%s","signed_blocks":[],"signed_attestations":[]},
                    {"pubkey":"0x%s","signed_blocks":[{"slot":"9223372036854775807"}],
                     "signed_attestations":[{"source_epoch":"0","target_epoch":"0",
                      "signing_root":"0x%s"}]}
                    """
                        .formatted("00".repeat(48), "ff".repeat(48), "00".repeat(32)))));
    assertThat(Interchange.read(written.toString(), Bytes32.ZERO))
        .isInstanceOfSatisfying(
            Interchange.Reading.Understood.class,
            read -> {
              assertThat(read.watermarks()).containsOnlyKeys(KEY, other);
              assertThat(read.watermarks()).containsEntry(KEY, Watermarks.NONE);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2290 -> 9223372036854775808",
        "3007 -> 18446744073709551615",
        "81952 -> 9223372036854775808",
        "81952 -> -1",
        "source_epoch -> source",
        "\"signed_blocks\" -> \"blocks\"",
        "signed_attestations -> attestations",
        "0x00 -> 0x"
      })
  void refusesAHistoryWithAnEntryThatItDoesNotUnderstand(String change) {
    String[] parts = change.split(" -> ", -1);
    assertRefused(history(ENTRY.replaceFirst(parts[0], parts[1])), "data[0] is not the history");
  }

  @Test
  void refusesAnotherChainAnotherVersionAndWhatIsNoHistory() {
    String history = history(ENTRY);
    assertRefused(
        history.replace("0x" + "00".repeat(32) + "\"", "0x" + "01".repeat(32) + "\""),
        "metadata.genesis_validators_root");
    assertRefused(history.replace("\"5\"", "\"4\""), "interchange_format_version");
    assertRefused(history.replace("\"5\"", "5"), "interchange_format_version");
    assertRefused("", "interchange_format_version");
    assertRefused("[]", "interchange_format_version");
    assertRefused(history.replace("[{\"pubkey\"", "{\"pubkey\""), "not JSON");
    assertRefused(history + "{}", "not JSON");
    assertRefused(history.replace("\"data\"", "\"dota\""), "data is not a list");
  }

  @Test
  void refusesAnObjectThatSaysOneThingTwice() {
    assertRefused(
        history(ENTRY.replace("\"slot\":\"81952\"", "\"slot\":\"81952\",\"slot\":\"1\"")),
        "Duplicate");
  }

  @Test
  void refusesMoreKeysThanItsBound() {
    String entry =
        "{\"pubkey\":\"0x"
            + "00".repeat(48)
            + "\",\"signed_blocks\":[],\"signed_attestations\":[]}";
    String full = (entry + ",").repeat(Interchange.KEYS_MAX - 1) + entry;
    assertThat(Interchange.read(history(full), Bytes32.ZERO))
        .isInstanceOf(Interchange.Reading.Understood.class);
    assertRefused(history(full + "," + entry), "at most 100000 keys");
  }

  @Test
  void refusesAFileLongerThanItsBound() {
    assertRefused(" ".repeat(Interchange.LENGTH_MAX + 1), "longer than");
  }

  private static void assertRefused(String text, String why) {
    assertThat(Interchange.read(text, Bytes32.ZERO))
        .isInstanceOfSatisfying(
            Interchange.Reading.Refused.class, refused -> assertThat(refused.why()).contains(why));
  }

  private static String history(String entries) {
    return """
    {"metadata":{"interchange_format_version":"5","genesis_validators_root":"0x%s"},
     "data":[%s]}
    """
        .formatted("00".repeat(32), entries.strip());
  }

  private static void run(JsonNode test) {
    Bytes32 genesis = ApiJson.root(test.path("genesis_validators_root")).orElseThrow();
    Map<Bytes, Watermarks> database = new HashMap<>();
    for (JsonNode step : test.path("steps")) {
      Interchange.Reading reading = Interchange.read(step.path("interchange").toString(), genesis);
      switch (reading) {
        case Interchange.Reading.Refused(String why) -> {
          assertThat(step.path("should_succeed").booleanValue()).as(why).isFalse();
          continue;
        }
        case Interchange.Reading.Understood(var imported) -> {
          assertThat(step.path("should_succeed").booleanValue()).isTrue();
          imported.forEach((key, read) -> database.merge(key, read, Watermarks::raisedTo));
        }
      }
      step.path("blocks").forEach(attempt -> tryBlock(database, attempt));
      step.path("attestations").forEach(attempt -> tryAttestation(database, attempt));
    }
  }

  private static void tryBlock(Map<Bytes, Watermarks> database, JsonNode attempt) {
    Bytes key = ApiJson.bytes(attempt.path("pubkey"), 48).orElseThrow();
    Watermarks before = database.getOrDefault(key, Watermarks.NONE);
    Optional<BlockWatermark> next =
        before.block().approve(ApiJson.number(attempt.path("slot")).orElseThrow(), root(attempt));
    assertThat(next.isPresent())
        .as("%s on %s", attempt, before)
        .isEqualTo(attempt.path("should_succeed").booleanValue());
    next.ifPresent(block -> database.put(key, new Watermarks(before.attestation(), block)));
  }

  private static void tryAttestation(Map<Bytes, Watermarks> database, JsonNode attempt) {
    Bytes key = ApiJson.bytes(attempt.path("pubkey"), 48).orElseThrow();
    Watermarks before = database.getOrDefault(key, Watermarks.NONE);
    Optional<AttestationWatermark> next =
        before
            .attestation()
            .approve(
                ApiJson.number(attempt.path("source_epoch")).orElseThrow(),
                ApiJson.number(attempt.path("target_epoch")).orElseThrow(),
                root(attempt));
    assertThat(next.isPresent())
        .as("%s on %s", attempt, before)
        .isEqualTo(attempt.path("should_succeed").booleanValue());
    next.ifPresent(attestation -> database.put(key, new Watermarks(attestation, before.block())));
  }

  private static Bytes32 root(JsonNode attempt) {
    return ApiJson.root(attempt.path("signing_root")).orElseThrow();
  }
}
