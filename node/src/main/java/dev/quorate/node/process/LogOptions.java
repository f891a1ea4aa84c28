/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine.Option;

/** The log of a command whose output it is: on standard output, as {@code logback.xml} has it. */
public final class LogOptions {
  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description =
          "What to log: error, warn, info, debug or trace (default: the environment variable"
              + " QUORATE_LOG, or info).",
      defaultValue = "${env:QUORATE_LOG:-info}")
  private Level level = Level.INFO;

  /** Before the first line is logged. */
  public void apply() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context
        .getLogger("dev.quorate")
        .setLevel(ch.qos.logback.classic.Level.convertAnSLF4JLevel(level));
    if (context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("CONSOLE")
        instanceof ConsoleAppender<?> console) {
      console.stop();
      console.setTarget("System.out");
      console.start();
    }
  }
}
