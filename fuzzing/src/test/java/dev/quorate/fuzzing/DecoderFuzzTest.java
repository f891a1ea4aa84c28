/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.fuzzing;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Looks for new inputs, led by the code that they reach, for {@code -Dquorate.fuzz-seconds}. All
 * decoders share the time: the first byte of an input says whose it is.
 */
class DecoderFuzzTest {
  private static final List<Decoder> DECODERS = List.of(Decoder.values());

  @MethodSource("seeds")
  @FuzzTest
  void anyBytesAreTakenOrRefused(byte @WithLength(max = 8192) [] input) {
    if (input.length > 0) {
      DECODERS
          .get((input[0] & 0xff) % DECODERS.size())
          .check(Arrays.copyOfRange(input, 1, input.length));
    }
  }

  static Stream<byte[]> seeds() {
    return DECODERS.stream()
        .flatMap(decoder ->
            Stream.concat(
                    decoder.seeds().stream(),
                    Hostile.found().stream()
                        .filter(row -> row.decoder() == decoder)
                        .map(row -> row.input().toArray()))
                .filter(input -> input.length < 8192)
                .map(input -> Hostile.prefixed((byte) DECODERS.indexOf(decoder), input)));
  }

  @AfterAll
  static void figures() {
    DECODERS.stream().map(Decoder::figures).forEach(System.out::println);
  }
}
