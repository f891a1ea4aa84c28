/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.OwnerOnlyFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.bouncycastle.operator.ContentSigner;

/**
 * An operator's Ed25519 identity (RFC 8032). It signs under a domain tag only, so that a signature
 * for one purpose is none for another. Zeroed when closed, prints nothing of itself, cannot be
 * serialised. Safe to use from any thread.
 */
public final class IdentityKey implements AutoCloseable {
  /** RFC 8410, section 7: the DER of a PKCS#8 key up to its 32 bytes. */
  private static final byte[] PKCS8_PREFIX =
      HexFormat.of().parseHex("302e020100300506032b657004220420");

  private static final String PEM_HEADER = "-----BEGIN PRIVATE KEY-----";
  private static final String PEM_FOOTER = "-----END PRIVATE KEY-----";
  private static final int FILE_BYTES_MAX = 1024;

  private static final Time ALWAYS = new Time(new DERUTCTime("700101000000Z"));

  /** The end of a certificate that has no end (RFC 5280, section 4.1.2.5). */
  private static final Time NEVER = new Time(new DERGeneralizedTime("99991231235959Z"));

  private final byte[] secret;
  private final byte[] encodedPublicKey;
  private final IdentityPublicKey publicKey;
  private boolean closed;

  /** Takes {@code secret}, 32 bytes, over. */
  private IdentityKey(byte[] secret) {
    this.secret = secret;
    encodedPublicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(secret, 0, encodedPublicKey, 0);
    publicKey = IdentityPublicKey.decode(Bytes32.of(encodedPublicKey)).orElseThrow();
  }

  public static IdentityKey generate(SecureRandom random) {
    byte[] secret = new byte[Ed25519.SECRET_KEY_SIZE];
    Ed25519.generatePrivateKey(random, secret);
    return new IdentityKey(secret);
  }

  /**
   * Reads a PEM file with an unencrypted PKCS#8 key, as {@link #save} writes it and {@code openssl
   * genpkey -algorithm ed25519} does.
   *
   * @throws IOException if it cannot be read or is no such file; the message says nothing of its
   *     content
   */
  public static IdentityKey load(Path file) throws IOException {
    byte[] pem = OwnerOnlyFile.read(file, FILE_BYTES_MAX);
    byte[] der = new byte[0];
    try {
      der = unwrap(pem);
      if (der.length != PKCS8_PREFIX.length + Ed25519.SECRET_KEY_SIZE
          || !Arrays.equals(der, 0, PKCS8_PREFIX.length, PKCS8_PREFIX, 0, PKCS8_PREFIX.length)) {
        throw new IOException("no PEM file with an unencrypted Ed25519 key in PKCS#8: " + file);
      }
      return new IdentityKey(Arrays.copyOfRange(der, PKCS8_PREFIX.length, der.length));
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(der, (byte) 0);
    }
  }

  /** The DER between header and footer, empty if there is none. */
  private static byte[] unwrap(byte[] pem) {
    byte[] header = PEM_HEADER.getBytes(StandardCharsets.US_ASCII);
    int end = pem.length;
    while (end > 0 && Character.isWhitespace(pem[end - 1])) {
      end--;
    }
    int bodyEnd = end - PEM_FOOTER.length();
    if (bodyEnd < header.length
        || !Arrays.equals(pem, 0, header.length, header, 0, header.length)
        || !new String(pem, bodyEnd, end - bodyEnd, StandardCharsets.US_ASCII).equals(PEM_FOOTER)) {
      return new byte[0];
    }
    byte[] body = Arrays.copyOfRange(pem, header.length, bodyEnd);
    try {
      return Base64.getMimeDecoder().decode(body);
    } catch (IllegalArgumentException malformed) {
      return new byte[0];
    } finally {
      Arrays.fill(body, (byte) 0);
    }
  }

  /**
   * Writes a PEM file with an unencrypted PKCS#8 key that only its owner can read.
   *
   * @throws IOException if the file exists already, or cannot be written
   */
  public synchronized void save(Path file) throws IOException {
    requireOpen();
    byte[] der = Arrays.copyOf(PKCS8_PREFIX, PKCS8_PREFIX.length + secret.length);
    System.arraycopy(secret, 0, der, PKCS8_PREFIX.length, secret.length);
    byte[] body = Base64.getEncoder().encode(der);
    ByteBuffer pem =
        ByteBuffer.allocate(PEM_HEADER.length() + body.length + PEM_FOOTER.length() + 3);
    pem.put(PEM_HEADER.getBytes(StandardCharsets.US_ASCII)).put((byte) '\n');
    pem.put(body).put((byte) '\n');
    pem.put(PEM_FOOTER.getBytes(StandardCharsets.US_ASCII)).put((byte) '\n');
    try {
      OwnerOnlyFile.create(file, pem.array());
    } finally {
      Arrays.fill(der, (byte) 0);
      Arrays.fill(body, (byte) 0);
      Arrays.fill(pem.array(), (byte) 0);
    }
  }

  public IdentityPublicKey publicKey() {
    return publicKey;
  }

  /**
   * The signature, 64 bytes, over these parts under this tag (the bytes signed: {@link
   * SignedBytes}).
   *
   * @param domainTag what the signature is for, 1 to 64 printable ASCII characters without spaces
   * @throws IllegalStateException if the key has been closed
   */
  public Bytes sign(String domainTag, byte[]... parts) {
    return Bytes.wrap(sign(SignedBytes.of(domainTag, parts)));
  }

  private synchronized byte[] sign(byte[] bytes) {
    requireOpen();
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(secret, 0, encodedPublicKey, 0, bytes, 0, bytes.length, signature, 0);
    return signature;
  }

  /**
   * A self-signed X.509 certificate of this key, the same each time. Who trusts it pins the key;
   * its names and dates mean nothing, so it is valid from 1970 for ever.
   */
  public X509Certificate certificate() {
    X500Name name = new X500Name("CN=quorate-" + publicKey.encoded().hex().substring(0, 16));
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            ALWAYS,
            NEVER,
            name,
            new SubjectPublicKeyInfo(
                new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), encodedPublicKey));
    try {
      byte[] der = builder.build(new CertificateSigner()).getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java reads no Ed25519 certificate", impossible);
    }
  }

  /**
   * What an SSLContext needs to present {@link #certificate()}. It holds a copy of the secret on
   * the heap, which lives as long as the context does.
   */
  public synchronized KeyManager[] keyManagers() {
    requireOpen();
    try {
      PrivateKey privateKey =
          KeyFactory.getInstance("Ed25519")
              .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, secret));
      // The store never leaves memory, so its password guards nothing.
      char[] none = new char[0];
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, none);
      store.setKeyEntry("identity", privateKey, none, new Certificate[] {certificate()});
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, none);
      return factory.getKeyManagers();
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java takes no Ed25519 key", impossible);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the identity key has been closed");
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(secret, (byte) 0);
  }

  /** The public key, nothing of the secret one. */
  @Override
  public String toString() {
    return "IdentityKey[redacted, of " + publicKey + "]";
  }

  /** Bouncy Castle's hook for signing a certificate. */
  private final class CertificateSigner implements ContentSigner {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);
    }

    @Override
    public OutputStream getOutputStream() {
      return content;
    }

    @Override
    public byte[] getSignature() {
      return sign(content.toByteArray());
    }
  }
}
