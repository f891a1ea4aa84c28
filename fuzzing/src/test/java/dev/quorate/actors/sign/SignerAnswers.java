/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.bls.Signature;
import java.util.Optional;
import java.util.Set;

/** What a remote signer's answers are read with, behind the connection. */
public final class SignerAnswers {
  private SignerAnswers() {}

  public static Optional<Signature> signature(String body) {
    return SignerAnswer.signature(body);
  }

  public static Optional<Set<Bytes>> publicKeys(String body) {
    return SignerAnswer.publicKeys(body);
  }
}
