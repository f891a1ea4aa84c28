/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.SecretScalar;
import dev.quorate.signing.curve.StrangePoints;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SameMessageBatchTest {
  private static final HashedMessage MESSAGE = HashedMessage.of(Bytes32.sha256(new byte[] {7}));

  private final SecureRandom random = Seeds.random();

  private SameMessageBatch.Entry valid() {
    try (SecretKey key = SecretKey.generate(random)) {
      return new SameMessageBatch.Entry(key.publicKey(), key.sign(MESSAGE));
    }
  }

  private List<SameMessageBatch.Entry> valid(int count) {
    List<SameMessageBatch.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(valid());
    }
    return entries;
  }

  private static SameMessageBatch.Entry shifted(SameMessageBatch.Entry entry, G2 by) {
    return new SameMessageBatch.Entry(
        entry.key(), new Signature(G2.sum(List.of(entry.signature().point(), by))));
  }

  @Test
  void validSignaturesTakeOneCheckHoweverManyTheyAre() {
    for (int count : new int[] {1, 2, 3, 31, 32, 65}) {
      assertThat(SameMessageBatch.verify(MESSAGE, valid(count), random))
          .isEqualTo(new SameMessageBatch.Result(new TreeSet<>(), 1));
    }
  }

  @Test
  void nothingTakesNoCheck() {
    assertThat(SameMessageBatch.verify(MESSAGE, List.of(), random))
        .isEqualTo(new SameMessageBatch.Result(new TreeSet<>(), 0));
  }

  @Test
  void theSameSignatureManyTimesIsValid() {
    SameMessageBatch.Entry entry = valid();
    for (int count : new int[] {2, 5, 40}) {
      assertThat(
              SameMessageBatch.verify(MESSAGE, Collections.nCopies(count, entry), random).invalid())
          .isEmpty();
    }
  }

  @Test
  void findsSignaturesThatAreWrongByOppositeAmounts() {
    G2 shift = valid().signature().point();
    G2 back = shift.times(SecretScalar.ORDER.subtract(BigInteger.ONE));
    for (int count : new int[] {2, 8, 40}) {
      List<SameMessageBatch.Entry> entries = valid(count);
      entries.set(0, shifted(entries.get(0), shift));
      entries.set(count - 1, shifted(entries.get(count - 1), back));
      // A check without coefficients falls for it.
      assertThat(
              Bls.fastAggregateVerify(
                  entries.stream().map(SameMessageBatch.Entry::key).toList(),
                  MESSAGE,
                  Bls.aggregate(entries.stream().map(SameMessageBatch.Entry::signature).toList())
                      .orElseThrow()))
          .isTrue();
      assertThat(SameMessageBatch.verify(MESSAGE, entries, random).invalid())
          .containsExactly(0, count - 1);
    }
  }

  @Test
  void findsTwoSignaturesThatAreSwapped() {
    List<SameMessageBatch.Entry> entries = valid(6);
    SameMessageBatch.Entry first = entries.get(2);
    SameMessageBatch.Entry second = entries.get(5);
    entries.set(2, new SameMessageBatch.Entry(first.key(), second.signature()));
    entries.set(5, new SameMessageBatch.Entry(second.key(), first.signature()));
    assertThat(SameMessageBatch.verify(MESSAGE, entries, random).invalid()).containsExactly(2, 5);
  }

  @Test
  void findsEverySignatureShiftedByAPointOfSmallOrder() {
    G2 shift = StrangePoints.ofOrder13(random);
    List<SameMessageBatch.Entry> entries = valid(40);
    SortedSet<Integer> wrong = new TreeSet<>();
    for (int i = 0; i < entries.size(); i += 3) {
      entries.set(i, shifted(entries.get(i), shift));
      wrong.add(i);
    }
    assertThat(SameMessageBatch.verify(MESSAGE, entries, random))
        .isEqualTo(new SameMessageBatch.Result(wrong, 1));
  }

  @Test
  void findsInfinityAndPointsOutsideTheGroupWithoutAPairing() {
    List<SameMessageBatch.Entry> entries =
        List.of(
            new SameMessageBatch.Entry(valid().key(), new Signature(StrangePoints.infinity())),
            new SameMessageBatch.Entry(
                valid().key(), new Signature(StrangePoints.ofOrder13(random))),
            new SameMessageBatch.Entry(
                valid().key(), new Signature(StrangePoints.outsideG2(random))));
    assertThat(SameMessageBatch.verify(MESSAGE, entries, random))
        .isEqualTo(new SameMessageBatch.Result(new TreeSet<>(List.of(0, 1, 2)), 0));
  }

  @Test
  void bisectsToAnySetOfWrongSignaturesWithinItsBound() {
    List<SameMessageBatch.Entry> good = valid(33);
    G2 shift = valid().signature().point();
    for (int round = 0; round < 12; round++) {
      List<SameMessageBatch.Entry> entries = new ArrayList<>(good);
      SortedSet<Integer> wrong = new TreeSet<>();
      int wanted = round < 8 ? 1 + random.nextInt(5) : random.nextInt(34);
      while (wrong.size() < wanted) {
        wrong.add(random.nextInt(entries.size()));
      }
      wrong.forEach(position -> entries.set(position, shifted(entries.get(position), shift)));
      SameMessageBatch.Result result = SameMessageBatch.verify(MESSAGE, entries, random);
      assertThat(result.invalid()).isEqualTo(wrong);
      assertThat(result.pairingChecks())
          .isLessThanOrEqualTo(Math.min(2 * entries.size() - 1, 1 + 2 * 6 * wrong.size()));
    }
  }

  @Test
  void thatAllAreWrongTakesNoMoreThanTwoChecksEach() {
    G2 shift = valid().signature().point();
    List<SameMessageBatch.Entry> entries = new ArrayList<>(valid(16));
    entries.replaceAll(entry -> shifted(entry, shift));
    SameMessageBatch.Result result = SameMessageBatch.verify(MESSAGE, entries, random);
    assertThat(result.invalid()).hasSize(16);
    assertThat(result.pairingChecks()).isEqualTo(31);
  }
}
