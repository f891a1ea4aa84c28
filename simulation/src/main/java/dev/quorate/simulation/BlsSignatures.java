/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.batch.Aggregation;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.SecretScalar;
import dev.quorate.signing.threshold.SharedKey;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The threshold signatures of production, with a key that the seed determines. */
final class BlsSignatures implements Signatures {
  /** The order of E2 over r (draft-irtf-cfrg-pairing-friendly-curves-11, section 4.2.1). */
  private static final BigInteger COFACTOR =
      new BigInteger(
          "5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa"
              + "628f1cb4d9e82ef21537e293a6691ae1616ec6e786f0c70cf1c38e31c7238e5",
          16);

  private static final G2 OF_SMALL_ORDER = pointOfOrder13();

  private final int threshold;
  private final SecureRandom random;
  private final List<SecretKey> shares = new ArrayList<>();
  private final SharedKey key;
  private final Map<Bytes32, HashedMessage> hashed = new HashMap<>();

  BlsSignatures(int operators, int threshold, long seed) {
    this.threshold = threshold;
    random = seeded(seed);
    List<SecretScalar> coefficients = new ArrayList<>();
    for (int degree = 0; degree < threshold; degree++) {
      coefficients.add(SecretScalar.random(random));
    }
    for (int index = 1; index <= operators; index++) {
      shares.add(SecretKey.of(SecretScalar.polynomial(coefficients, index)));
    }
    key =
        new SharedKey(
            SecretKey.of(coefficients.getFirst()).publicKey(),
            shares.stream().map(SecretKey::publicKey).toList());
  }

  /** The one generator of the platform that gives the same numbers for the same seed. */
  private static SecureRandom seeded(long seed) {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(seed);
      return random;
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }

  @Override
  public Bytes sign(int operator, Bytes32 root) {
    return shares.get(operator).sign(hashed(root)).uncompressed();
  }

  @Override
  public Combination combine(Bytes32 root, SortedMap<Integer, Bytes> partials) {
    SortedMap<Integer, Bytes> byIndex = new TreeMap<>();
    partials.forEach((operator, partial) -> byIndex.put(operator + 1, partial));
    return switch (Aggregation.aggregate(
            hashed(root),
            threshold,
            List.of(new Aggregation.Job(key, byIndex)),
            new TreeSet<>(),
            random)
        .outcomes()
        .getFirst()) {
      case Aggregation.Aggregated made ->
          new Combination.Made(
              made.signature().compressed(), operators(made.used()), operators(made.culprits()));
      case Aggregation.Insufficient few -> new Combination.TooFew(operators(few.culprits()));
    };
  }

  private static List<Integer> operators(SortedSet<Integer> indices) {
    return indices.stream().map(index -> index - 1).toList();
  }

  @Override
  public boolean isOfGroup(Bytes32 root, Bytes signature) {
    Optional<Signature> decoded = Signature.decode(signature);
    return decoded.isPresent()
        && decoded.get().isInGroup()
        && Bls.verify(key.group(), hashed(root), decoded.get());
  }

  /** No point at all, infinity, another message, another signer, or outside of the subgroup. */
  @Override
  public Bytes wrong(int operator, Bytes32 root, int variant) {
    return switch (variant) {
      case 0 -> Bytes.wrap(new byte[Signature.UNCOMPRESSED_BYTES]);
      case 1 -> {
        byte[] infinity = new byte[Signature.UNCOMPRESSED_BYTES];
        infinity[0] = 0x40;
        yield Bytes.wrap(infinity);
      }
      case 2 -> sign(operator, Bytes32.sha256(root.toArray()));
      case 3 -> sign((operator + 1) % shares.size(), root);
      default ->
          G2.sum(List.of(shares.get(operator).sign(hashed(root)).point(), OF_SMALL_ORDER))
              .uncompressed();
    };
  }

  private HashedMessage hashed(Bytes32 root) {
    return hashed.computeIfAbsent(root, HashedMessage::of);
  }

  private static G2 pointOfOrder13() {
    BigInteger thirteen = BigInteger.valueOf(13);
    for (int x = 1; ; x++) {
      byte[] encoded = new byte[Signature.COMPRESSED_BYTES];
      ByteBuffer.wrap(encoded, Signature.COMPRESSED_BYTES - Integer.BYTES, Integer.BYTES).putInt(x);
      encoded[0] = (byte) 0x80;
      Optional<G2> point = G2.decode(Bytes.wrap(encoded));
      if (point.isPresent()) {
        // 13 divides the cofactor twice.
        BigInteger order = COFACTOR.multiply(SecretScalar.ORDER);
        G2 small =
            G2.smallCombination(
                List.of(point.get()), List.of(order.divide(thirteen.multiply(thirteen))));
        G2 smaller = G2.smallCombination(List.of(small), List.of(thirteen));
        G2 found = smaller.isInfinity() ? small : smaller;
        if (!found.isInfinity()) {
          return found;
        }
      }
    }
  }
}
