/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

/** A remote signer gave no partial signature. The message is one line: what, and what to do. */
public final class RemoteSignerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final SignerProblem problem;

  RemoteSignerException(SignerProblem problem, String what) {
    // Without a stack trace: a signer that fails is no fault of the code that asked it.
    super(what + "; " + problem.remedy(), null, false, false);
    this.problem = problem;
  }

  public SignerProblem problem() {
    return problem;
  }
}
