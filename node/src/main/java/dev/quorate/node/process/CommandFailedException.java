/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

/** A command ends with exit status 1. The message is the one line that says why. */
public final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CommandFailedException(String message) {
    super(message);
  }
}
