/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

/** Why a remote signer gave no partial signature, each with what to do about it. */
public enum SignerProblem {
  /** No connection, or one that broke before an answer came. */
  UNREACHABLE(
      "check that the signer runs, and that it and quorate.remote-signer trust one another's"
          + " certificates"),
  /** The whole answer was not there in time. */
  TIMED_OUT("see what keeps the signer busy, or raise quorate.remote-signer.timeout-millis"),
  /** More is to be signed than the signer answers. */
  OVERLOADED("see what keeps the signer busy: it answers fewer requests than duties need"),
  /** It does not hold the key. */
  UNKNOWN_KEY("load this operator's key shares into the signer"),
  /** Its own slashing protection refuses. */
  SLASHING_PROTECTION(
      "find out who else signs with this key at the signer, or which history was imported there:"
          + " this operator's guard granted the signature"),
  /** Any other answer than success. */
  BAD_STATUS("see the signer's log"),
  /** An answer that is malformed, cut off or too long. */
  BAD_ANSWER("check that quorate.remote-signer.url is that of a signer with the Web3Signer API"),
  /** A signature that is not the share's over what was asked. */
  WRONG_SIGNATURE(
      "use the signer that holds this operator's key shares; this one signs with another key, or"
          + " something else");

  private final String remedy;

  SignerProblem(String remedy) {
    this.remedy = remedy;
  }

  /** What to do, as the second half of a sentence. */
  public String remedy() {
    return remedy;
  }
}
