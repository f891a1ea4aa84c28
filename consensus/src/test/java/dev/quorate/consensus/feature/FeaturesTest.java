/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule.Verdict;
import dev.quorate.consensus.duty.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeaturesTest {
  private static final Features OLD = new Features(List.of("info-sync"));
  private static final Features NEW = new Features(List.of("later", "info-sync"));
  private static final FeatureRule RULE = new FeatureRule();

  private static Value text(String text) {
    return new Value(Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void theOrderAndTheNumberOfStatementsMakeNoOtherValue() {
    assertThat(new Features(List.of("b", "a", "b"))).isEqualTo(new Features(List.of("a", "b")));
    assertThat(NEW.value()).isEqualTo(text("info-sync,later"));
    assertThat(Features.read(NEW.value())).contains(NEW);
    assertThat(Features.read(Features.NONE.value())).contains(Features.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",",
        "a,",
        ",a",
        "b,a",
        "a,a",
        "A",
        "a b",
        "-a",
        "1",
        "a\u0000",
        "\u00e4",
        "a23456789012345678901234567890123"
      })
  void bytesThatNoStatementMakesAreNoFeatures(String bytes) {
    assertThat(Features.read(text(bytes))).isEmpty();
  }

  @Test
  void moreNamesThanAGreetingHoldsAreNone() {
    List<String> names =
        IntStream.rangeClosed(0, Features.NAMES_MAX)
            .mapToObj(i -> "f-" + (char) ('a' + i))
            .toList();
    assertThatIllegalArgumentException().isThrownBy(() -> new Features(names));
    assertThat(Features.read(text(String.join(",", names)))).isEmpty();
    Features most = new Features(names.subList(1, names.size()));
    assertThat(Features.read(most.value())).contains(most);
  }

  @Test
  void thoseThatEnoughOperatorsStateAreCommon() {
    List<Features> stated = List.of(NEW, OLD, NEW, Features.NONE);
    assertThat(Features.of(2, stated)).isEqualTo(NEW);
    assertThat(Features.of(3, stated)).isEqualTo(OLD);
    assertThat(Features.of(4, stated)).isEqualTo(Features.NONE);
  }

  @Test
  void whatThisReleaseStatesFitsAGreeting() {
    assertThat(Features.read(Features.OWN.value())).contains(Features.OWN);
    assertThat(Features.OWN.has(Features.INFO_SYNC)).isTrue();
  }

  @Test
  void whatAQuorumStatedIsVotedForAndSoIsLess() {
    assertThat(RULE.judge(NEW.value(), List.of(NEW.value()))).isEqualTo(new Verdict.Accepted());
    assertThat(RULE.judge(OLD.value(), List.of(NEW.value()))).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void whatNotEnoughOperatorsStatedWaitsUntilTheyDo() {
    assertThat(RULE.judge(NEW.value(), List.of(OLD.value())))
        .isEqualTo(new Verdict.Unconfirmed(Reason.UNSUPPORTED_FEATURE));
    assertThat(RULE.judge(NEW.value(), List.of()))
        .isEqualTo(new Verdict.Unconfirmed(Reason.NO_OWN_DATA));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "later", "info-sync,", "later,info-sync"})
  void whatIsNoAgreementOfThoseThatTakePartIsRefused(String proposed) {
    assertThat(RULE.judge(text(proposed), List.of(NEW.value())))
        .isEqualTo(new Verdict.Refused(Reason.MALFORMED_VALUE));
  }

  @Test
  void nothingIsGivenAndNothingIsSigned() {
    assertThat(RULE.given()).isEmpty();
    assertThat(RULE.signable(NEW.value())).isEmpty();
  }
}
