/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.http.Json;
import dev.quorate.http.view.DutiesView;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code duties}: those that ended in a pod, and those that are to end. */
@Command(
    name = "duties",
    description = "Shows the duties that ended in a running pod.",
    sortOptions = false)
public final class DutiesCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 1_000;
  private static final int LIMIT_MAX = 200;
  private static final String LINE = "%-24s  %-9s  %5s  %9s  %s";

  @Option(
      names = "--limit",
      description = "The latest so many, at most 200; default ${DEFAULT-VALUE}.",
      defaultValue = "20")
  private long limit = 20;

  @Option(
      names = "--follow",
      description = "Go on with those that end from now on, one line each, until stopped.")
  private boolean follow;

  @Mixin private ApiOptions api = new ApiOptions();

  @Override
  public Integer call() throws InterruptedException {
    String latest = "/v1/duties?limit=" + limit;
    if (!follow) {
      api.show(latest, DutiesView.class, DutiesCommand::table);
      return ExitCode.OK;
    }
    DutiesView view = api.ask(latest, DutiesView.class);
    if (!api.isJson()) {
      api.out().println(heading());
    }
    long last = 0;
    while (true) {
      for (DutiesView.Duty duty : view.duties()) {
        api.out()
            .println(
                api.isJson() ? new String(Json.write(duty), StandardCharsets.UTF_8) : line(duty));
        last = duty.id();
      }
      // Both, since a writer on standard output does not learn what befalls it.
      if (api.out().checkError() || System.out.checkError()) {
        // Nobody reads any more, such as head that has its lines.
        return ExitCode.OK;
      }
      if (view.duties().size() < LIMIT_MAX) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      view = api.ask("/v1/duties?limit=" + LIMIT_MAX + "&after=" + last, DutiesView.class);
    }
  }

  private static String table(DutiesView view) {
    StringBuilder text = new StringBuilder(heading()).append('\n');
    view.duties().forEach(duty -> text.append(line(duty)).append('\n'));
    return text.toString();
  }

  /** Fixed widths: whoever follows does not know what comes. */
  private static String heading() {
    return String.format(Locale.ROOT, LINE, "duty", "outcome", "round", "latency", "");
  }

  private static String line(DutiesView.Duty duty) {
    return String.format(
            Locale.ROOT,
            LINE,
            duty.duty(),
            duty.outcome(),
            duty.round().isPresent() ? duty.round().getAsInt() : "-",
            duty.latencyMillis().isPresent() ? duty.latencyMillis().getAsLong() + " ms" : "-",
            duty.reason().or(duty::submission).orElse("") + onChain(duty))
        .stripTrailing();
  }

  private static String onChain(DutiesView.Duty duty) {
    return duty.inclusion().map(inclusion -> ", " + Transcript.inclusion(inclusion)).orElse("")
        + (duty.atFault().isEmpty()
            ? ""
            : duty.atFault().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", ", lacking operators ", "")));
  }
}
