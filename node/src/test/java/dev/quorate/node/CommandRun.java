/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command of the command line did, in this process. */
public record CommandRun(int exitCode, String out, String err) {
  public static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Quorate.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
