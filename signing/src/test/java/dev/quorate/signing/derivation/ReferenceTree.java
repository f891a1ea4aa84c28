/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.derivation;

import dev.quorate.signing.curve.SecretScalar;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** EIP-2333 once more, straight from its text and in no hurry. */
final class ReferenceTree {
  private static final int CHUNKS = 255;
  private static final int CHUNK_BYTES = 32;

  private ReferenceTree() {}

  static BigInteger master(byte[] seed) throws GeneralSecurityException {
    return hkdfModR(seed);
  }

  static BigInteger child(BigInteger parent, long index) throws GeneralSecurityException {
    return hkdfModR(compressedLamportPublicKey(parent, index));
  }

  /** IKM_to_lamport_SK of the parent's bytes, or of their complement. */
  static List<byte[]> lamportSecret(BigInteger parent, long index, boolean flipped)
      throws GeneralSecurityException {
    byte[] material = bytes(parent);
    if (flipped) {
      for (int i = 0; i < material.length; i++) {
        material[i] = (byte) ~material[i];
      }
    }
    byte[] salt = ByteBuffer.allocate(4).putInt((int) index).array();
    byte[] output = hkdf(material, salt, new byte[0], CHUNKS * CHUNK_BYTES);
    List<byte[]> chunks = new ArrayList<>();
    for (int i = 0; i < CHUNKS; i++) {
      chunks.add(Arrays.copyOfRange(output, i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
    }
    return chunks;
  }

  /** parent_SK_to_lamport_PK. */
  static byte[] compressedLamportPublicKey(BigInteger parent, long index)
      throws GeneralSecurityException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    ByteArrayOutputStream publicKey = new ByteArrayOutputStream();
    for (boolean flipped : new boolean[] {false, true}) {
      for (byte[] chunk : lamportSecret(parent, index, flipped)) {
        publicKey.writeBytes(sha256.digest(chunk));
      }
    }
    return sha256.digest(publicKey.toByteArray());
  }

  private static BigInteger hkdfModR(byte[] material) throws GeneralSecurityException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    byte[] salt = "BLS-SIG-KEYGEN-SALT-".getBytes(StandardCharsets.US_ASCII);
    BigInteger secret = BigInteger.ZERO;
    while (secret.signum() == 0) {
      salt = sha256.digest(salt);
      byte[] output =
          hkdf(Arrays.copyOf(material, material.length + 1), salt, new byte[] {0, 48}, 48);
      secret = new BigInteger(1, output).mod(SecretScalar.ORDER);
    }
    return secret;
  }

  private static byte[] hkdf(byte[] material, byte[] salt, byte[] info, int length)
      throws GeneralSecurityException {
    return KDF.getInstance("HKDF-SHA256")
        .deriveData(
            HKDFParameterSpec.ofExtract().addIKM(material).addSalt(salt).thenExpand(info, length));
  }

  private static byte[] bytes(BigInteger number) {
    byte[] bytes = new byte[32];
    byte[] shortest = number.toByteArray();
    int length = Math.min(shortest.length, bytes.length);
    System.arraycopy(shortest, shortest.length - length, bytes, bytes.length - length, length);
    return bytes;
  }
}
