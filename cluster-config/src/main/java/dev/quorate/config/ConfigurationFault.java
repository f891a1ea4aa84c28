/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

/** The kinds of broken set-up, each with what to do about it. */
public enum ConfigurationFault {
  UNREADABLE("check the path and who may read and write it"),
  TOO_OPEN("chmod 600 it, and take its secret for known if others could have read it"),
  TOO_LARGE("this is no file of a Quorate cluster"),
  MALFORMED("correct it, or use the file as it was written"),
  UNKNOWN_KEY("remove the key, or correct its spelling"),
  UNKNOWN_VERSION("use the version of Quorate that wrote it"),
  WRONG_HASH("somebody changed the file: take the one that all operators agreed on"),
  OPERATOR_COUNT("choose between 3 and 40 operators"),
  VALIDATOR_COUNT("choose between 1 and 10000 validators"),
  THRESHOLD_UNSAFE("raise the threshold: two conflicting messages could both be signed"),
  THRESHOLD_UNREACHABLE("choose a threshold of at most the number of operators"),
  THRESHOLD_NOT_LIVE(
      "lower the threshold, or confirm in writing under livenessLossConfirmed that fewer faults"
          + " than agreement tolerates may stop all signing"),
  DUPLICATE("every operator and validator is named once"),
  NOT_A_PUBLIC_KEY("use the file as it was written"),
  SHARE_OFF_POLYNOMIAL("do not use these shares: they do not sign for this validator"),
  NOT_AN_OPERATOR("use the identity key that was made for this cluster"),
  WRONG_SHARE("use the key stores that were made for this operator of this cluster"),
  WRONG_PASSWORD("use the password that the key stores were written with"),
  BROKEN_KEY_STORE("use the key store as it was written"),
  NOT_EMPTY("choose a folder that is empty or does not exist yet"),
  UNPROTECTED_KEYS(
      "give the keys' slashing protection (EIP-3076), or state that they never validated"),
  NO_BEACON_NODE("check that the beacon nodes of quorate.beacon-nodes.urls run and are reached"),
  NO_REMOTE_SIGNER(
      "check that the signer of quorate.remote-signer.url runs, is reached, and holds the key shares"
          + " of this operator"),
  BROKEN_TLS_KEY("write key and certificate into a PKCS#12 key store, such as openssl does"),
  PORT_TAKEN("stop what listens there, or choose another port"),
  BROKEN_MNEMONIC("write the words of the mnemonic into the first line, with spaces between them"),
  WRONG_CHAIN("use the slashing protection and the beacon nodes of one chain"),
  FOREIGN_KEYS("leave out what is of other validators or other operators"),
  FUTURE_PROTECTION(
      "set this machine's clock if it is wrong; a history that reaches beyond it would forbid to"
          + " sign until then"),
  BROKEN_PROTECTION("export the slashing protection again (EIP-3076)"),
  BAD_SETTING("correct the setting; docs/configuration.md describes every key");

  private final String remedy;

  ConfigurationFault(String remedy) {
    this.remedy = remedy;
  }

  /** What to do, as the second half of a sentence. */
  public String remedy() {
    return remedy;
  }
}
