/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LogOptionsTest {
  @Test
  void refusesALevelOfTheEnvironmentThatIsNone() throws Exception {
    ProcessBuilder run =
        ChildProgram.of(List.of(), ChildProgram.QUORATE, List.of("run", "--config=absent.conf"));
    run.environment().put("QUORATE_LOG", "loud");

    Process process = run.start();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(err).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.lines()).hasSize(1);
    assertThat(err).startsWith("quorate run: ").contains("--log-level", "loud");
  }
}
