/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Signable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignedMessagesTest {
  private static final Optional<WatermarkKind> ATTESTATION = Optional.of(WatermarkKind.ATTESTATION);
  private static final Optional<WatermarkKind> BLOCK = Optional.of(WatermarkKind.BLOCK);

  private static Signable signable(long source, long target, int root) {
    return new Signable(Bytes32.sha256(new byte[] {(byte) root}), source, target);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 6, 1, ",
    "4, 6, 2, DOUBLE",
    "5, 6, 2, DOUBLE",
    "3, 7, 1, SURROUNDS",
    "5, 5, 1, SURROUNDED",
    "4, 7, 2, ",
    "3, 6, 1, ",
    "5, 7, 2, ",
    "4, 5, 2, "
  })
  void saysWhyAnAttestationMustNotBeSignedBesideSource4AndTarget6(
      long source, long target, int root, Contradiction why) {
    assertThat(
            Contradiction.between(ATTESTATION, signable(source, target, root), signable(4, 6, 1)))
        .isEqualTo(Optional.ofNullable(why));
  }

  @Test
  void aBlockContradictsNoneButThatOfItsSlot() {
    for (Optional<WatermarkKind> kind : List.of(BLOCK, Optional.<WatermarkKind>empty())) {
      assertThat(Contradiction.between(kind, signable(0, 6, 2), signable(0, 6, 1)))
          .contains(Contradiction.DOUBLE);
      assertThat(Contradiction.between(kind, signable(0, 6, 1), signable(0, 6, 1))).isEmpty();
      assertThat(Contradiction.between(kind, signable(0, 7, 1), signable(1, 6, 2))).isEmpty();
    }
  }

  /** Many short sequences of few epochs, so that everything happens. */
  @Test
  void findsOneThatContradictsExactlyIfComparingWithAllDoes() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("findsOneThatContradicts -Dseed=" + seed);
    Random random = new Random(seed);
    int found = 0;
    for (int run = 0; run < 2_000; run++) {
      SignedMessages<Signable> messages = new SignedMessages<>(ATTESTATION);
      List<Signable> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        long target = random.nextInt(16);
        Signable next =
            signable(Math.max(0, target - random.nextInt(6)), target, random.nextInt(2));
        Optional<Signable> contradicting = messages.contradicting(next);
        assertThat(contradicting.isPresent())
            .as("%s after %s", next, all)
            .isEqualTo(
                all.stream()
                    .anyMatch(
                        other -> Contradiction.between(ATTESTATION, next, other).isPresent()));
        contradicting.ifPresent(
            other -> assertThat(Contradiction.between(ATTESTATION, next, other)).isPresent());
        found += contradicting.isPresent() ? 1 : 0;
        messages.add(next, next);
        all.add(next);
      }
    }
    assertThat(found).isBetween(1_000, 23_000);
  }
}
