/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:80, localhost:80",
    "Operator-1.Example.ORG:3610, operator-1.example.org:3610",
    "10.0.0.1:65535, 10.0.0.1:65535",
    "[2001:DB8::1]:1, [2001:db8::1]:1",
    "0.0.0.0:0, 0.0.0.0:0",
  })
  void writesEqualAddressesAlike(String text, String canonical) {
    assertThat(Address.parse(text).map(Address::toString)).contains(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "host",
        "host:",
        ":80",
        "host:65536",
        "host:99999999999",
        "host:+80",
        "host:080",
        "host:-1",
        "host:٣",
        "ho st:80",
        "-host:80",
        "http://host:80",
        "host:80\n",
        "::1:80",
      })
  void refusesWhatIsNoAddress(String text) {
    assertThat(Address.parse(text)).isEmpty();
  }
}
