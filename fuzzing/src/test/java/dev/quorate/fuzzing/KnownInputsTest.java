/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is tried at every decoder before anything new is. */
class KnownInputsTest {
  @ParameterizedTest
  @EnumSource
  void whatTheProgramWritesIsTaken(Decoder decoder) {
    assertThat(decoder.seeds()).isNotEmpty().allMatch(decoder::check);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void whatOnceBrokeADecoderDoesSoNoMore(Decoder decoder, String what, Bytes input) {
    decoder.check(input.toArray());
  }

  static Stream<Arguments> whatOnceBrokeADecoderDoesSoNoMore() {
    return Hostile.found().stream()
        .map(row -> Arguments.of(row.decoder(), row.what(), row.input()));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsMeantToBreakADecoderDoesNot(Decoder decoder) {
    Hostile.texts().map(Hostile::utf8).forEach(decoder::check);
    Hostile.bytes().forEach(decoder::check);
    decoder.seeds().stream().flatMap(Hostile::damaged).forEach(decoder::check);
  }
}
