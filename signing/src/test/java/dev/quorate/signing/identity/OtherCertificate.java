/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A self-signed certificate of a key on another curve. */
final class OtherCertificate {
  private OtherCertificate() {}

  static X509Certificate of(KeyPair keys) throws GeneralSecurityException {
    X500Name name = new X500Name("CN=other");
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              new X509v3CertificateBuilder(
                      name,
                      BigInteger.ONE,
                      new Time(new DERUTCTime("700101000000Z")),
                      new Time(new DERUTCTime("491231235959Z")),
                      name,
                      SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()))
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (OperatorCreationException impossible) {
      throw new GeneralSecurityException(impossible);
    }
  }
}
