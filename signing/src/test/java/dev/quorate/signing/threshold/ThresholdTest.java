/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.threshold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import java.io.Serializable;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThresholdTest {
  private static final HashedMessage MESSAGE =
      HashedMessage.of(Bytes32.sha256(new byte[] {1, 2, 3}));

  private final SecureRandom random = Seeds.random();

  /** Each subset of some size of {1..n}, as bits. */
  private static IntStream subsets(int n, int size) {
    return IntStream.range(0, 1 << n).filter(bits -> Integer.bitCount(bits) == size);
  }

  private static SortedMap<Integer, Signature> partials(List<KeyShare> shares, int subset) {
    TreeMap<Integer, Signature> partials = new TreeMap<>();
    for (KeyShare share : shares) {
      if (((subset >> (share.index() - 1)) & 1) == 1) {
        partials.put(share.index(), share.sign(MESSAGE));
      }
    }
    return partials;
  }

  @Test
  void anyThresholdOfSharesRecombineToTheSignatureOfTheWholeKeyAndOneFewerDoNot() {
    for (int n = 1; n <= 6; n++) {
      for (int threshold = 1; threshold <= n; threshold++) {
        try (SecretKey key = SecretKey.generate(random)) {
          Signature whole = key.sign(MESSAGE);
          List<KeyShare> shares = Shamir.split(key, threshold, n, random);
          subsets(n, threshold)
              .forEach(subset ->
                  assertThat(Recombination.recombine(partials(shares, subset))).isEqualTo(whole));
          if (threshold > 1) {
            subsets(n, threshold - 1)
                .forEach(subset ->
                    assertThat(Recombination.recombine(partials(shares, subset)))
                        .isNotEqualTo(whole));
          }
        }
      }
    }
  }

  @Test
  void theSameHoldsForRandomSubsetsOfManyShares() {
    for (int n = 7; n <= Quorum.OPERATORS_MAX; n += n < 13 ? 1 : 9) {
      int threshold = new Quorum(n).size();
      try (SecretKey key = SecretKey.generate(random)) {
        Signature whole = key.sign(MESSAGE);
        List<KeyShare> shares = Shamir.split(key, threshold, n, random);
        for (int round = 0; round < 5; round++) {
          List<KeyShare> shuffled = new ArrayList<>(shares);
          Collections.shuffle(shuffled, random);
          TreeMap<Integer, Signature> partials = new TreeMap<>();
          shuffled
              .subList(0, threshold)
              .forEach(share -> partials.put(share.index(), share.sign(MESSAGE)));
          assertThat(Recombination.recombine(partials)).isEqualTo(whole);
          partials.pollFirstEntry();
          assertThat(Recombination.recombine(partials)).isNotEqualTo(whole);
        }
      }
    }
  }

  @Test
  void sharesRecombineToTheKeyAndOneFewerDoNot() {
    try (SecretKey key = SecretKey.generate(random)) {
      List<KeyShare> shares = Shamir.split(key, 5, 7, random);
      List<KeyShare> some =
          List.of(shares.get(6), shares.get(0), shares.get(3), shares.get(1), shares.get(5));
      assertThat(Shamir.recombine(some).publicKey()).isEqualTo(key.publicKey());
      assertThat(Shamir.recombine(some.subList(0, 4)).publicKey()).isNotEqualTo(key.publicKey());
    }
  }

  @Test
  void consecutiveIndicesNeedNoDivision() {
    for (int threshold = 1; threshold <= 27; threshold++) {
      for (int first = 1; first + threshold - 1 <= Quorum.OPERATORS_MAX; first++) {
        TreeSet<Integer> run = new TreeSet<>();
        for (int i = first; i < first + threshold; i++) {
          run.add(i);
        }
        assertThat(Lagrange.atZero(run).denominator()).isEqualTo(BigInteger.ONE);
      }
    }
    assertThat(Lagrange.atZero(new TreeSet<>(List.of(1, 3, 4))).denominator())
        .isEqualTo(BigInteger.ONE);
    assertThat(Lagrange.atZero(new TreeSet<>(List.of(1, 2, 4))).denominator())
        .isEqualTo(BigInteger.valueOf(3));
  }

  @Test
  void choosesARunOfIndicesIfThereIsOne() {
    TreeSet<Integer> available = new TreeSet<>(List.of(1, 2, 4, 5, 6, 9));
    assertThat(Recombination.choose(available, 3)).contains(new TreeSet<>(List.of(4, 5, 6)));
    assertThat(Recombination.choose(available, 4)).contains(new TreeSet<>(List.of(1, 2, 4, 5)));
    assertThat(Recombination.choose(available, 6)).contains(available);
    assertThat(Recombination.choose(available, 7)).isEmpty();
  }

  @Test
  void refusesToSplitIntoFewerSharesThanTheThreshold() {
    try (SecretKey key = SecretKey.generate(random)) {
      assertThatThrownBy(() -> Shamir.split(key, 4, 3, random))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Shamir.split(key, 0, 3, random))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Shamir.split(key, 3, 41, random))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> KeyShare.of(0, key)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> KeyShare.of(41, key)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aShareTellsNothingOfItsSecretAndSignsNothingOnceClosed() {
    try (SecretKey key = SecretKey.generate(random)) {
      KeyShare share = Shamir.split(key, 2, 3, random).getFirst();
      String secret = HexFormat.of().formatHex(share.key().scalar().export());
      assertThat(share).isNotInstanceOf(Serializable.class);
      assertThat(share.toString()).contains("redacted").doesNotContain(secret.substring(0, 8));
      share.close();
      assertThatThrownBy(() -> share.sign(MESSAGE)).isInstanceOf(IllegalStateException.class);
      // The whole key is another's to close.
      assertThat(Bls.verify(key.publicKey(), MESSAGE, key.sign(MESSAGE))).isTrue();
    }
  }

  private SharedKey sharedKey(int threshold, int n) {
    try (SecretKey key = SecretKey.generate(random)) {
      return new SharedKey(
          key.publicKey(),
          Shamir.split(key, threshold, n, random).stream().map(KeyShare::publicKey).toList());
    }
  }

  private PublicKey anyKey() {
    try (SecretKey key = SecretKey.generate(random)) {
      return key.publicKey();
    }
  }

  @Test
  void findsNothingWrongWithWhatADealerShared() {
    for (int n = 1; n <= 13; n++) {
      for (int threshold = 1; threshold <= n; threshold++) {
        List<SharedKey> keys = List.of(sharedKey(threshold, n), sharedKey(threshold, n));
        assertThat(SharedKey.inconsistent(keys, threshold, random)).isEmpty();
      }
    }
    for (int threshold : new int[] {1, 20, 27, 40}) {
      List<SharedKey> keys = List.of(sharedKey(threshold, Quorum.OPERATORS_MAX));
      assertThat(SharedKey.inconsistent(keys, threshold, random)).isEmpty();
    }
    assertThat(SharedKey.inconsistent(List.of(), 3, random)).isEmpty();
  }

  @Test
  void findsSharesOfAPolynomialOfAHigherDegree() {
    for (int n = 2; n <= 13; n++) {
      for (int threshold = 2; threshold <= n; threshold++) {
        List<SharedKey> keys = List.of(sharedKey(threshold - 1, n), sharedKey(threshold, n));
        assertThat(SharedKey.inconsistent(keys, threshold - 1, random)).containsExactly(1);
      }
    }
  }

  @Test
  void findsAForeignKeyAtAnyPosition() {
    List<SharedKey> keys = new ArrayList<>();
    SortedSet<Integer> wrong = new TreeSet<>();
    keys.add(sharedKey(3, 4));
    for (int position = 0; position <= 4; position++) {
      SharedKey key = sharedKey(3, 4);
      List<PublicKey> shares = new ArrayList<>(key.shares());
      if (position > 0) {
        shares.set(position - 1, anyKey());
      }
      wrong.add(keys.size());
      keys.add(new SharedKey(position == 0 ? anyKey() : key.group(), shares));
      keys.add(sharedKey(3, 4));
    }
    assertThat(SharedKey.inconsistent(keys, 3, random)).isEqualTo(wrong);
  }

  @Test
  void findsTwoSharesThatAreSwapped() {
    SharedKey key = sharedKey(3, 4);
    List<PublicKey> shares = new ArrayList<>(key.shares());
    Collections.swap(shares, 1, 2);
    List<SharedKey> keys = List.of(sharedKey(3, 4), new SharedKey(key.group(), shares));
    assertThat(SharedKey.inconsistent(keys, 3, random)).containsExactly(1);
  }
}
