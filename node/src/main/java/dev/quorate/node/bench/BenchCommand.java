/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import picocli.CommandLine.Command;

/** {@code bench}: the benchmarks. */
@Command(
    name = "bench",
    description = "Measures what this machine can do.",
    subcommands = {
      BenchDuties.class,
      BenchKeystores.class,
      BenchSafety.class,
      BenchSim.class,
      BenchValidatorApi.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class BenchCommand {}
