/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.http.view.PeersView;
import dev.quorate.node.process.Table;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;

/** {@code peers}: the other operators, as a pod sees them. */
@Command(
    name = "peers",
    description = "Shows the other operators as a running pod sees them.",
    sortOptions = false)
public final class PeersCommand implements Callable<Integer> {
  private static final String UNKNOWN = "-";

  @Mixin private ApiOptions api = new ApiOptions();

  @Override
  public Integer call() throws InterruptedException {
    api.show("/v1/peers", PeersView.class, PeersCommand::text);
    return ExitCode.OK;
  }

  private static String text(PeersView view) {
    Table table =
        new Table(
            "",
            "name",
            "address",
            "link",
            "pod",
            "release",
            "round trip",
            "clock",
            "took part",
            "late",
            "delay",
            "sent",
            "received",
            "dropped",
            "refused");
    for (PeersView.Peer peer : view.peers()) {
      table.row(
          peer.position(),
          peer.name(),
          peer.address(),
          peer.linked() ? "up" : "DOWN",
          peer.pod().orElse(UNKNOWN),
          peer.release().orElse(UNKNOWN),
          peer.roundTripMillis().isPresent()
              ? String.format(Locale.ROOT, "%.1f ms", peer.roundTripMillis().getAsDouble())
              : UNKNOWN,
          millis(peer.clockOffsetMillis()),
          percent(peer.participation().partials(), peer.participation().duties()),
          percent(peer.participation().late(), peer.participation().partials()),
          millis(peer.participation().delayMillis()),
          peer.framesSent(),
          peer.framesReceived(),
          peer.framesDropped(),
          peer.refusals().values().stream().mapToLong(Long::longValue).sum());
    }
    return table.toString();
  }

  private static String percent(int part, int whole) {
    return whole == 0 ? UNKNOWN : 100 * part / whole + " %";
  }

  private static String millis(OptionalLong millis) {
    return millis.isPresent() ? millis.getAsLong() + " ms" : UNKNOWN;
  }
}
