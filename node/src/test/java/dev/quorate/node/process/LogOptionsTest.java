/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.Quorate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LogOptionsTest {
  @Test
  void refusesALevelOfTheEnvironmentThatIsNone() throws Exception {
    ProcessBuilder run =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Quorate.class.getName(),
            "run",
            "--config=absent.conf");
    run.environment().put("QUORATE_LOG", "loud");

    Process process = run.start();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(err).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.lines()).hasSize(1);
    assertThat(err).startsWith("quorate run: ").contains("--log-level", "loud");
  }
}
