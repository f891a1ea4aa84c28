/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class KeyTranslationTest {
  private static final String GROUP = "a1".repeat(48);
  private static final String SHARE = "b2".repeat(48);
  private static final String FOREIGN = "c3".repeat(48);
  private static final KeyTranslation KEYS =
      new KeyTranslation(List.of(Bytes.fromHex(GROUP)), List.of(Bytes.fromHex(SHARE)));

  @Test
  void theClientSeesItsShareAndTheChainTheGroup() {
    String chain = "{\"data\": [ {\"pubkey\":\"0x" + GROUP + "\",\"slot\" : \"7\"} ] }\n";

    assertThat(KEYS.toShares(chain)).isEqualTo(chain.replace(GROUP, SHARE));
    assertThat(KEYS.toGroups(KEYS.toShares(chain))).isEqualTo(chain);
  }

  @Test
  void keysInAQueryAreTranslatedWhateverTheirCase() {
    assertThat(
            KEYS.toGroups(
                "/eth/v1/beacon/states/head/validators?id=0x"
                    + SHARE.toUpperCase(Locale.ROOT)
                    + ",0x"
                    + SHARE
                    + "&id=12"))
        .isEqualTo(
            "/eth/v1/beacon/states/head/validators?id=0x" + GROUP + ",0x" + GROUP + "&id=12");
  }

  @Test
  void aCommaBetweenKeysMayBeEscaped() {
    for (String comma : List.of("%2C", "%2c")) {
      assertThat(KEYS.toGroups("?id=0x" + SHARE + comma + "0x" + SHARE))
          .isEqualTo("?id=0x" + GROUP + comma + "0x" + GROUP);
    }
  }

  @Test
  void everythingElseStaysAsItIs() {
    String text =
        "0x" + FOREIGN + " 0x" + GROUP + GROUP + " 0x" + GROUP.substring(2) + " x0x" + GROUP + " é";

    assertThat(KEYS.toShares(text)).isEqualTo(text);
    assertThat(KEYS.toShares("")).isEmpty();
  }
}
