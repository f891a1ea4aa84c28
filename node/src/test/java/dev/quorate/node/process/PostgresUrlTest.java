/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class PostgresUrlTest {
  private static PostgresUrl url(String text) {
    return new PostgresUrl.Converter().convert(text);
  }

  @Test
  void partsTheLoginFromTheRest() {
    PostgresUrl url =
        url(
            "jdbc:postgresql://[::1]:5433/x?ssl=true&user=a%40b&password=p%26%22%2B&tcpKeepAlive=true");

    assertThat(url.user()).isEqualTo("a@b");
    assertThat(url.password()).contains("p&\"+");
    assertThat(url.withoutLogin())
        .isEqualTo("jdbc:postgresql://[::1]:5433/x?ssl=true&tcpKeepAlive=true");
    assertThat(url.schema("mine").schema()).contains("mine");
    assertThat(url).hasToString("jdbc:postgresql://[::1]:5433/x");
    assertThat(url("jdbc:postgresql://h/x?user=me").withoutLogin())
        .isEqualTo("jdbc:postgresql://h/x");
    assertThat(url("jdbc:postgresql://h/x?user=me").password()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "jdbc:h2:file:hunter2",
        "jdbc:postgresql://h/hunter2",
        "jdbc:postgresql://me:hunter2@h/x?user=me",
        "jdbc:postgresql://h/x?user=me&password=hunter2&currentschema=y"
      })
  void refusesAnyOtherAndRepeatsNoneOfIt(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> url(text))
        .withMessageContaining("jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD")
        .withMessageNotContaining("hunter2");
  }
}
