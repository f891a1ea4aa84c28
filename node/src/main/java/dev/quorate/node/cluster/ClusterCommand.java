/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.cluster;

import picocli.CommandLine.Command;

/** Groups what makes clusters. */
@Command(
    name = "cluster",
    description = "Makes the files of a cluster.",
    subcommands = {ClusterCreate.class},
    synopsisSubcommandLabel = "COMMAND")
public final class ClusterCommand {}
