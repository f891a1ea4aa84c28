/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.quorate.node.process.CommandFailedException;
import org.junit.jupiter.api.Test;

class HeapNeedTest {
  private static final long MEBIBYTE = 1L << 20;

  @Test
  void refusesAHeapThatIsTooSmallForSoManyValidatorsAndNamesOneThatIsNot() {
    assertThatNoException().isThrownBy(() -> HeapNeed.refuseLess(4_000, false, 470 * MEBIBYTE));
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> HeapNeed.refuseLess(10_000, false, 470 * MEBIBYTE))
        .withMessageContainingAll("470 MiB", "10000 validators", "QUORATE_JAVA_OPTIONS=-Xmx744m");
    // What Java then calls the maximum.
    assertThatNoException()
        .isThrownBy(() -> HeapNeed.refuseLess(10_000, false, 744 * MEBIBYTE * 14 / 15));
  }

  @Test
  void aValidatorClientNeedsRoomForWhatItHandsIn() {
    assertThatNoException().isThrownBy(() -> HeapNeed.refuseLess(3_500, false, 374 * MEBIBYTE));
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> HeapNeed.refuseLess(3_500, true, 374 * MEBIBYTE))
        .withMessageContaining("QUORATE_JAVA_OPTIONS=-Xmx581m");
    assertThatNoException().isThrownBy(() -> HeapNeed.refuseLess(450, true, 374 * MEBIBYTE));
  }
}
