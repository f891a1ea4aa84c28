/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * The Ed25519 public key (RFC 8032) that the cluster file pins for an operator. Decoded once, with
 * the point checked to be of the prime-order subgroup, so that no key verifies what it did not
 * sign. Equal when the keys are.
 */
public final class IdentityPublicKey {
  public static final int SIGNATURE_BYTES = Ed25519.SIGNATURE_SIZE;

  private final Bytes32 encoded;
  private final Ed25519.PublicPoint point;

  private IdentityPublicKey(Bytes32 encoded, Ed25519.PublicPoint point) {
    this.encoded = encoded;
    this.point = point;
  }

  /** Empty if the bytes are no canonical encoding of a point of the subgroup, or its identity. */
  public static Optional<IdentityPublicKey> decode(Bytes32 encoded) {
    return Optional.ofNullable(Ed25519.validatePublicKeyFullExport(encoded.toArray(), 0))
        .map(point -> new IdentityPublicKey(encoded, point));
  }

  /**
   * The key of {@code certificate}; empty if that is of another kind. Its chain is not looked at.
   */
  public static Optional<IdentityPublicKey> ofCertificate(X509Certificate certificate) {
    SubjectPublicKeyInfo info =
        SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded());
    byte[] key = info.getPublicKeyData().getOctets();
    return info.getAlgorithm().getAlgorithm().equals(EdECObjectIdentifiers.id_Ed25519)
            && key.length == Ed25519.PUBLIC_KEY_SIZE
        ? decode(Bytes32.of(key))
        : Optional.empty();
  }

  /**
   * Whether {@code signature} is this key's over these parts under this tag.
   *
   * @param signature from a peer, of any length
   */
  public boolean verify(Bytes signature, String domainTag, byte[]... parts) {
    byte[] signed = SignedBytes.of(domainTag, parts);
    return signature.size() == SIGNATURE_BYTES
        && Ed25519.verify(signature.toArray(), 0, point, signed, 0, signed.length);
  }

  public Bytes32 encoded() {
    return encoded;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdentityPublicKey that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  @Override
  public String toString() {
    return encoded.toString();
  }
}
