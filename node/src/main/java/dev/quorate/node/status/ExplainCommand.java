/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.actors.wiring.Operator;
import dev.quorate.config.ClusterFile;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.http.Explainer;
import dev.quorate.http.Validators;
import dev.quorate.http.view.ExplanationView;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.node.process.OwnDatabase;
import dev.quorate.persistence.store.DatabaseRefusedException;
import dev.quorate.persistence.store.DatabaseRefusedException.Problem;
import dev.quorate.persistence.store.OperatorDatabase;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code explain}: how one duty went for this operator, from its journal alone. */
@Command(
    name = "explain",
    description =
        "Tells from the journal alone how one duty went for this operator: who led, voted and"
            + " signed and when, who was late, wrong or silent, what beacon nodes said; and if it"
            + " was missed, why, and what to do.",
    footer = {
      "",
      "A running pod is asked (--api), which also says whether the chain has what it broadcast; with"
          + " --config the database is read, whether or not a pod runs.",
      "Exit status: 0 if the journal tells of the duty; else 1, and what is known instead."
    },
    sortOptions = false)
public final class ExplainCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private Which which = new Which();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Read the database that these settings of the operator name. Its beacon nodes must"
              + " answer; pods on PostgreSQL may run meanwhile, one on an H2 file must not.")
  private @Nullable Path config;

  @Mixin private ApiOptions api = new ApiOptions();

  /** One of them. */
  private static final class Which {
    @Parameters(
        arity = "1",
        paramLabel = "DUTY",
        converter = DutyConverter.class,
        description = "As duties shows it: type/slot/validator, such as attester/4132/17.")
    private Optional<Asked> duty = Optional.empty();

    @ArgGroup(exclusive = false)
    private @Nullable Parts parts;

    Optional<Asked> asked() {
      return Optional.ofNullable(parts).map(Parts::asked).or(() -> duty);
    }
  }

  private static final class Parts {
    @Option(
        names = "--validator",
        paramLabel = "NAME",
        required = true,
        description = "Position, or the begin of one public key.")
    private String validator = "";

    @Option(names = "--slot", paramLabel = "N", required = true, description = "Of the duty.")
    private long slot;

    @Option(
        names = "--type",
        description = "Of the duty; default ${DEFAULT-VALUE}.",
        defaultValue = "attester")
    private String type = "";

    Asked asked() {
      return new Asked(type, slot, validator);
    }
  }

  private record Asked(String type, long slot, String validator) {
    String path() {
      return "/v1/duties/explain?slot="
          + slot
          + "&type="
          + ApiOptions.encoded(type)
          + "&validator="
          + ApiOptions.encoded(validator);
    }
  }

  static final class DutyConverter implements ITypeConverter<Asked> {
    private static final Pattern FORM = Pattern.compile("([a-z_]+)/([0-9]{1,18})/([0-9]{1,9})");

    @Override
    public Asked convert(String text) {
      Matcher matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        throw new TypeConversionException("DUTY is type/slot/validator, such as attester/4132/17");
      }
      return new Asked(matcher.group(1), Long.parseLong(matcher.group(2)), matcher.group(3));
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    Asked asked =
        which
            .asked()
            .orElseThrow(() -> api.badUsage("either DUTY, or --validator and --slot are needed"));
    if (config == null) {
      api.show(asked.path(), ExplanationView.class, Transcript::of);
    } else {
      api.show(read(OwnDatabase.of(config), asked), Transcript::of);
    }
    return ExitCode.OK;
  }

  private ExplanationView read(OwnDatabase own, Asked asked) {
    ClusterFile cluster = own.cluster();
    Explainer explainer =
        new Explainer(
            cluster.operators().stream().map(ClusterFile.Operator::name).toList(),
            own.folder().position(),
            new Validators(
                cluster.validators().stream().map(key -> key.group().compressed()).toList()),
            own.clock().times());
    OptionalInt validator = explainer.validators().one(asked.validator());
    if (validator.isEmpty()) {
      throw new CommandFailedException(Validators.NOT_ONE);
    }
    DutyType type =
        Explainer.type(asked.type())
            .orElseThrow(() -> api.badUsage("type: " + Explainer.whyNoType(asked.type())));
    if (asked.slot() < 0) {
      throw api.badUsage("slot: a whole number from 0 on");
    }
    DutyId duty = new DutyId(type, asked.slot(), validator.getAsInt(), 0);
    try (OperatorDatabase database = own.open()) {
      JournalExcerpt excerpt = Operator.excerpt(database, cluster, own.clock().times(), duty);
      long nowMillis = System.currentTimeMillis();
      return explainer
          .explain(excerpt, Optional.empty(), nowMillis)
          .orElseThrow(() -> new CommandFailedException(explainer.whyNothing(excerpt, nowMillis)));
    } catch (DatabaseRefusedException refused) {
      throw refused.problem() == Problem.IN_USE
          ? new CommandFailedException(
              "a pod has " + own.where() + " open; ask that pod: without --config, or by --api")
          : refused;
    }
  }
}
