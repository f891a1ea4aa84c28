/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.Seeds;
import java.io.Serializable;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CurveTest {
  private final SecureRandom random = Seeds.random();

  private G1 pointOfG1() {
    try (SecretScalar scalar = SecretScalar.random(random)) {
      return scalar.timesGenerator();
    }
  }

  private G2 pointOfG2() {
    byte[] message = new byte[32];
    random.nextBytes(message);
    return G2.hash(Bytes.wrap(message), "test");
  }

  /** With neighbours that are equal and opposite, where incomplete formulas break down. */
  private List<G2> awkwardPoints(int count) {
    List<G2> points = new ArrayList<>();
    while (points.size() < count) {
      G2 point = pointOfG2();
      points.addAll(
          List.of(point, point, point.times(SecretScalar.ORDER.subtract(BigInteger.ONE))));
    }
    return points.subList(0, count);
  }

  private List<BigInteger> weights(int count, int bits) {
    List<BigInteger> weights = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      weights.add(i % 7 == 3 ? BigInteger.ZERO : new BigInteger(bits, random));
    }
    // The same weight on a point and its opposite lets them meet in one bucket.
    if (count > 2) {
      weights.set(2, weights.get(1));
    }
    return weights;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 64, 100})
  void aCombinationIsTheSumOfTheProductsWhateverTheNumberOfPoints(int count) {
    List<G2> points = awkwardPoints(count);
    for (int bits : new int[] {1, 5, 64, 90, 254}) {
      List<BigInteger> weights = weights(count, bits);
      List<G2> products = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        products.add(points.get(i).times(weights.get(i)));
      }
      assertThat(G2.combination(points, weights))
          .isEqualTo(G2.smallCombination(points, weights))
          .isEqualTo(G2.sum(products));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 40})
  void aCombinationInG1IsTheSumOfTheProducts(int count) {
    List<G1> points = new ArrayList<>();
    List<G1> repeated = new ArrayList<>();
    List<BigInteger> weights = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      G1 point = pointOfG1();
      int weight = random.nextInt(20);
      points.add(point);
      weights.add(BigInteger.valueOf(weight));
      for (int j = 0; j < weight; j++) {
        repeated.add(point);
      }
    }
    assertThat(G1.combination(points, weights)).isEqualTo(G1.sum(repeated));
  }

  @Test
  void aSumTakesEqualOppositeAndInfinitePoints() {
    G2 point = pointOfG2();
    G2 opposite = point.times(SecretScalar.ORDER.subtract(BigInteger.ONE));
    assertThat(G2.sum(List.of()).isInfinity()).isTrue();
    assertThat(G2.sum(List.of(point, opposite)).isInfinity()).isTrue();
    assertThat(G2.sum(List.of(point, StrangePoints.infinity()))).isEqualTo(point);
    assertThat(G2.sum(List.of(point, point, opposite))).isEqualTo(point);
    List<G2> many = new ArrayList<>(awkwardPoints(30));
    many.add(StrangePoints.infinity());
    assertThat(G2.sum(many)).isEqualTo(G2.sum(many.reversed()));
  }

  @Test
  void tellsAPointOfOrder13FromOneOfTheGroup() {
    G2 strange = StrangePoints.ofOrder13(random);
    assertThat(strange.isInfinity()).isFalse();
    assertThat(strange.isInGroup()).isFalse();
    assertThat(StrangePoints.times(strange, BigInteger.valueOf(13)).isInfinity()).isTrue();
    assertThat(StrangePoints.outsideG2(random).isInGroup()).isFalse();
    assertThat(pointOfG2().isInGroup()).isTrue();
  }

  @Test
  void decodesWhatItEncoded() {
    for (G2 point :
        List.of(pointOfG2(), StrangePoints.infinity(), StrangePoints.ofOrder13(random))) {
      assertThat(G2.decode(point.compressed())).contains(point);
      assertThat(G2.decode(point.uncompressed())).contains(point);
    }
    G1 point = pointOfG1();
    assertThat(G1.decode(point.compressed())).contains(point);
  }

  @Test
  void refusesACompressedPointWithATail() {
    byte[] padded = Arrays.copyOf(pointOfG2().compressed().toArray(), 192);
    assertThat(G2.decode(Bytes.wrap(padded))).isEmpty();
    byte[] infinity = Arrays.copyOf(StrangePoints.infinity().compressed().toArray(), 192);
    assertThat(G2.decode(Bytes.wrap(infinity))).isEmpty();
  }

  @Test
  void refusesAnUncompressedPointOffTheCurve() {
    byte[] point = pointOfG2().uncompressed().toArray();
    point[191] ^= 1;
    assertThat(G2.decode(Bytes.wrap(point))).isEmpty();
  }

  @Test
  void refusesAnyOtherLength() {
    byte[] point = pointOfG2().uncompressed().toArray();
    for (int length = 0; length <= 200; length++) {
      if (length != 96 && length != 192) {
        assertThat(G2.decode(Bytes.wrap(Arrays.copyOf(point, length)))).isEmpty();
      }
    }
  }

  @Test
  void aPairingWithInfinityContributesOne() {
    G1 infinite = G1.sum(List.of());
    assertThat(Pairing.productIsOne(List.of(), List.of())).isTrue();
    assertThat(Pairing.productIsOne(List.of(infinite), List.of(pointOfG2()))).isTrue();
    assertThat(Pairing.productIsOne(List.of(pointOfG1()), List.of(StrangePoints.infinity())))
        .isTrue();
    assertThat(
            Pairing.productIsOne(List.of(pointOfG1(), infinite), List.of(pointOfG2(), pointOfG2())))
        .isFalse();
  }

  @Test
  void aSecretTellsNothingOfItself() {
    byte[] secret = new byte[32];
    secret[31] = 42;
    try (SecretScalar scalar = SecretScalar.decode(secret).orElseThrow()) {
      assertThat(scalar).hasToString("SecretScalar[redacted]").isNotInstanceOf(Serializable.class);
      assertThat(scalar.export()).isEqualTo(secret);
    }
  }

  @Test
  void aClosedSecretIsOfNoUse() {
    SecretScalar scalar = SecretScalar.random(random);
    scalar.close();
    scalar.close();
    assertThatThrownBy(scalar::export).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(scalar::timesGenerator).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> scalar.times(pointOfG2())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesASecretOutsideItsRange() {
    byte[] order = new byte[32];
    byte[] bigEndian = SecretScalar.ORDER.toByteArray();
    System.arraycopy(bigEndian, bigEndian.length - 32, order, 0, 32);
    assertThat(SecretScalar.decode(order)).isEmpty();
    assertThat(SecretScalar.decode(new byte[32])).isEmpty();
    assertThat(SecretScalar.decode(new byte[31])).isEmpty();
    assertThat(SecretScalar.decode(new byte[33])).isEmpty();
    order[31]--;
    assertThat(SecretScalar.decode(order)).isPresent();
  }

  @Test
  void evaluatesAPolynomialOfSecretsAsWithPlainNumbers() {
    List<SecretScalar> coefficients = new ArrayList<>();
    BigInteger expected = BigInteger.ZERO;
    for (int degree = 0; degree < 5; degree++) {
      SecretScalar coefficient = SecretScalar.random(random);
      coefficients.add(coefficient);
      expected =
          expected.add(
              new BigInteger(1, coefficient.export()).multiply(BigInteger.valueOf(7).pow(degree)));
    }
    assertThat(new BigInteger(1, SecretScalar.polynomial(coefficients, 7).export()))
        .isEqualTo(expected.mod(SecretScalar.ORDER));
  }

  @Test
  void refusesASumThatIsZero() {
    SecretScalar scalar = SecretScalar.random(random);
    assertThatThrownBy(() ->
            SecretScalar.combination(
                List.of(scalar, scalar),
                List.of(BigInteger.ONE, SecretScalar.ORDER.subtract(BigInteger.ONE))))
        .isInstanceOf(ArithmeticException.class);
  }
}
