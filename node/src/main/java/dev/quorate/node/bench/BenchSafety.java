/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.process.PostgresUrl;
import dev.quorate.persistence.journal.JournalSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench safety}: what it costs that nobody signs twice. */
@Command(
    name = "safety",
    description =
        "Measures what it costs that nobody signs twice: making duties durable, going on after a"
            + " kill, room in the database, and recovery.",
    footer = {
      "",
      "durability: fence, guard and the rows of the journal, of one duty and of many at once.",
      "takeover: from the kill of an operator's pod until its validators have a partial signature of"
          + " the operator again. Its only pod is started again at once; with --database also of two"
          + " pods, where the other takes over. Operators are processes, in slots of 2 s.",
      "size: what days of duties add to each table.",
      "recovery: how long a validator's entity takes to recover a year of duties, and 1,000 at once.",
      "Exit status: 0, or 1 if something failed."
    },
    sortOptions = false)
public final class BenchSafety implements Callable<Integer> {
  private static final int TAKEOVER_VALIDATORS = 16;
  private static final int SLOT_SECONDS = 2;

  private enum Part {
    DURABILITY,
    TAKEOVER,
    SIZE,
    RECOVERY
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--part",
      paramLabel = "PART",
      split = ",",
      description =
          "Measure these alone: durability, takeover, size or recovery (default: all, some six"
              + " minutes).")
  private Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(
      names = "--quick",
      description = "Measure next to nothing, to see that it works; the figures say nothing.")
  private boolean quick;

  @Option(
      names = "--database",
      paramLabel = "URL",
      converter = PostgresUrl.Converter.class,
      description =
          "A PostgreSQL database (jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD) to hold"
              + " one schema per operator, for one benchmark at a time; default an H2 file each.")
  private Optional<PostgresUrl> database = Optional.empty();

  @Mixin private JsonOption json = new JsonOption();

  @Option(names = "--keep", description = "Keep the operators' folders and logs, to look at.")
  private boolean keep;

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchDatabases databases = new BenchDatabases(database);
    databases.drop(1);
    ObjectNode all =
        JsonNodeFactory.instance
            .objectNode()
            .put("database", databases.name())
            .put("trained", BenchNetwork.isTrained());
    // Now, and not after minutes, it shows whether it can be written.
    json.write(all);
    List<String> texts = new ArrayList<>();
    for (Part part : parts) {
      Measured measured = measure(part, databases);
      texts.add(measured.text());
      all.set(part.name().toLowerCase(Locale.ROOT), measured.json());
      json.write(all);
    }
    texts.forEach(text -> out().printf("%n%s", text));
    out().flush();
    return ExitCode.OK;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private Measured measure(Part part, BenchDatabases databases)
      throws IOException, InterruptedException {
    SafetyScale scale = quick ? SafetyScale.QUICK : SafetyScale.FULL;
    out().println(part.name().toLowerCase(Locale.ROOT) + " on " + databases.text());
    out().flush();
    return switch (part) {
      case DURABILITY ->
          run(
              databases,
              JournalSettings.DEFAULT,
              (open, _) -> {
                try (DurableOperator operator = open.get()) {
                  return DurabilityCost.measure(operator, scale, out()).measured();
                }
              });
      case TAKEOVER -> {
        List<Takeover> takeovers = new ArrayList<>();
        for (int pods = 1; pods <= (database.isPresent() ? 2 : 1); pods++) {
          takeovers.add(takeover(databases, pods, scale.kills()));
        }
        yield Takeover.measured(takeovers);
      }
      case SIZE ->
          run(
              databases,
              JournalSettings.DEFAULT.withEventsKept(DatabaseSize.eventsKept(scale)),
              (open, folder) -> DatabaseSize.measure(open, folder, scale, out()).measured());
      case RECOVERY ->
          run(
              databases,
              JournalSettings.DEFAULT,
              (open, _) -> {
                try (DurableOperator operator = open.get()) {
                  return RecoveryTime.measure(operator, scale, out()).measured();
                }
              });
    };
  }

  /** What is done with a database that is empty at first. */
  private interface Work {
    /**
     * @param folder of the database, if it is H2
     */
    Measured apply(Supplier<DurableOperator> open, Path folder);
  }

  private static Measured run(BenchDatabases databases, JournalSettings journal, Work work)
      throws IOException {
    databases.drop(1);
    Path folder = Files.createTempDirectory("quorate-bench");
    try {
      return work.apply(
          () -> new DurableOperator(databases.of(0, folder), folder, journal), folder);
    } finally {
      databases.drop(1);
      BenchFolders.delete(folder);
    }
  }

  private Takeover takeover(BenchDatabases databases, int pods, int kills)
      throws IOException, InterruptedException {
    return new BenchNetwork(
            TAKEOVER_VALIDATORS,
            BenchNetwork.Load.ONE_SLOT,
            SLOT_SECONDS,
            pods,
            databases,
            out(),
            BenchNetwork.Afterwards.keepIf(keep))
        .run(
            List.of(),
            network -> Takeover.measure(network, pods, TAKEOVER_VALIDATORS, kills, out()));
  }
}
