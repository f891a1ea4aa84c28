/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.curve;

import dev.quorate.consensus.Bytes;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** Points that are on the curve but of no use, as an attacker would send them. */
public final class StrangePoints {
  /** The order of E2 over r (draft-irtf-cfrg-pairing-friendly-curves-11, section 4.2.1). */
  private static final BigInteger COFACTOR =
      new BigInteger(
          "5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa628f1cb4d9e82ef2"
              + "1537e293a6691ae1616ec6e786f0c70cf1c38e31c7238e5",
          16);

  private static final BigInteger THIRTEEN = BigInteger.valueOf(13);

  private StrangePoints() {}

  public static G2 infinity() {
    return G2.sum(List.of());
  }

  /** A point of E2, outside G2 but for a negligible chance. */
  public static G2 outsideG2(SecureRandom random) {
    while (true) {
      byte[] x = new byte[96];
      random.nextBytes(x);
      x[0] = (byte) ((x[0] & 0x0f) | 0x80);
      x[48] &= 0x0f;
      Optional<G2> point = G2.decode(Bytes.wrap(x));
      if (point.isPresent()) {
        return point.get();
      }
    }
  }

  /** A point of E2 of order 13, which a single random sum misses once in 13 times. */
  public static G2 ofOrder13(SecureRandom random) {
    BigInteger rest = COFACTOR.multiply(SecretScalar.ORDER).divide(THIRTEEN.pow(2));
    while (true) {
      G2 point = times(outsideG2(random), rest);
      if (!point.isInfinity()) {
        G2 multiple = times(point, THIRTEEN);
        return multiple.isInfinity() ? point : multiple;
      }
    }
  }

  /** Right for any point and any scalar. */
  static G2 times(G2 point, BigInteger scalar) {
    return G2.smallCombination(List.of(point), List.of(scalar));
  }
}
