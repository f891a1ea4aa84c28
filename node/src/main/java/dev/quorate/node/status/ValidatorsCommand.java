/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.http.view.DutiesView;
import dev.quorate.http.view.ValidatorView;
import dev.quorate.http.view.ValidatorsView;
import dev.quorate.node.process.Table;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code validators}: a page of them, or one with its recent duties. */
@Command(
    name = "validators",
    description = "Shows a running pod's validators, or one of them with its recent duties.",
    sortOptions = false)
public final class ValidatorsCommand implements Callable<Integer> {
  private static final String UNKNOWN = "-";

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Position or public key of one validator.")
  private @Nullable String name;

  @ArgGroup(exclusive = false)
  private @Nullable Paging paging;

  /** Which of them. */
  static final class Paging {
    @Option(
        names = "--search",
        paramLabel = "TEXT",
        description = "Only those with this position or begin of the public key.",
        defaultValue = "")
    private String search = "";

    @Option(names = "--page", description = "From 1; default ${DEFAULT-VALUE}.", defaultValue = "1")
    private long page = 1;

    @Option(
        names = "--size",
        description = "Of a page, at most 200; default ${DEFAULT-VALUE}.",
        defaultValue = "50")
    private long size = 50;

    String query() {
      return "?page=" + page + "&size=" + size + "&search=" + ApiOptions.encoded(search);
    }
  }

  @Mixin private ApiOptions api = new ApiOptions();

  @Override
  public Integer call() throws InterruptedException {
    if (name == null) {
      api.show(
          "/v1/validators" + Optional.ofNullable(paging).orElseGet(Paging::new).query(),
          ValidatorsView.class,
          ValidatorsCommand::page);
    } else if (paging == null) {
      api.show(
          "/v1/validators/" + ApiOptions.encoded(name),
          ValidatorView.class,
          ValidatorsCommand::one);
    } else {
      throw api.badUsage("either NAME or --search, --page and --size");
    }
    return ExitCode.OK;
  }

  private static String page(ValidatorsView view) {
    Table table = new Table("", "public key", "entity", "last duty", "outcome");
    for (ValidatorsView.Validator validator : view.validators()) {
      table.row(
          validator.position(),
          validator.publicKey(),
          validator.up() ? "up" : "DOWN",
          validator.lastDuty().map(DutiesView.Duty::duty).orElse(UNKNOWN),
          validator.lastDuty().map(ValidatorsCommand::outcome).orElse(UNKNOWN));
    }
    int pages = Math.ceilDiv(view.total(), view.size());
    return table + "page %d of %d, %d validators\n".formatted(view.page(), pages, view.total());
  }

  private static String outcome(DutiesView.Duty duty) {
    return duty.reason().orElse(duty.outcome());
  }

  private static String one(ValidatorView view) {
    Table facts =
        new Table("validator", "position " + view.position())
            .row("public key", view.publicKey())
            .row("entity", view.up() ? "up" : "DOWN");
    for (ValidatorView.Watermark mark : view.watermarks()) {
      facts.row(
          "watermark",
          mark.kind()
              + mark.source().stream()
                  .mapToObj(source -> ", source " + source)
                  .collect(Collectors.joining())
              + ", target "
              + mark.target());
    }
    return facts
        + "\n"
        + (view.duties().isEmpty() ? "no duty in the journal yet\n" : duties(view.duties()));
  }

  /** Times are told from the begin on, as far as this operator knows it. */
  private static Table duties(List<ValidatorView.Duty> duties) {
    Table table =
        new Table(
            "duty",
            "progress",
            "round",
            "leader",
            "voted",
            "signed",
            "wrong",
            "decided",
            "shared",
            "completed",
            "why");
    for (ValidatorView.Duty duty : duties) {
      table.row(
          duty.duty(),
          duty.progress(),
          text(duty.round()),
          text(duty.leader()),
          text(duty.voters()),
          text(duty.signers()),
          text(duty.culprits()),
          since(duty.startedAtMillis(), duty.decidedAtMillis()),
          since(duty.startedAtMillis(), duty.sharedAtMillis()),
          since(duty.startedAtMillis(), duty.completedAtMillis()),
          duty.reason().or(duty::refusal).orElse(""));
    }
    return table;
  }

  private static String text(OptionalInt number) {
    return number.isPresent() ? Integer.toString(number.getAsInt()) : UNKNOWN;
  }

  private static String text(List<Integer> operators) {
    return operators.isEmpty()
        ? UNKNOWN
        : operators.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static String since(OptionalLong startMillis, OptionalLong atMillis) {
    return startMillis.isPresent() && atMillis.isPresent()
        ? atMillis.getAsLong() - startMillis.getAsLong() + " ms"
        : UNKNOWN;
  }
}
