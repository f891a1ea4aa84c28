/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.cluster;

import dev.quorate.config.Address;
import dev.quorate.config.ClusterCreation;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.ClusterPlan;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.KeyHistory;
import dev.quorate.config.KeyStores;
import dev.quorate.config.MnemonicFile;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.config.Protection;
import dev.quorate.consensus.Bytes;
import dev.quorate.signing.bls.SecretKey;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code cluster create}: a trusted dealer splits keys and writes a folder for each operator. */
@Command(
    name = "create",
    description =
        "Splits validator keys among operators and writes one folder for each of them, and the"
            + " cluster file that all of them share.",
    footer = {
      "",
      "A dealer is trusted: this process sees every key whole while it splits it, and so could"
          + " whoever controls this machine. It writes none of them. A fresh key exists nowhere"
          + " as a whole afterwards. A given key remains in its key store: no validator client"
          + " may ever use it again once the operators run, or the validator is slashed. The same"
          + " goes for a mnemonic and every key derived from it."
    },
    sortOptions = false)
final class ClusterCreate implements Callable<Integer> {
  private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-fA-F]{40}");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validators",
      paramLabel = "N",
      description = "Makes N fresh keys, or derives N from --mnemonic-file.")
  private Optional<Integer> validators = Optional.empty();

  @ArgGroup(exclusive = false)
  private @Nullable GivenKeys given;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What people call the cluster (default: ${DEFAULT-VALUE}).")
  private String name = "cluster";

  @Option(
      names = "--operators",
      paramLabel = "N",
      description = "How many operators (default: 4, or one for each --address).")
  private Optional<Integer> operators = Optional.empty();

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description = "How many operators sign together (default: two thirds, rounded up).")
  private Optional<Integer> threshold = Optional.empty();

  @Option(
      names = "--confirm-liveness-loss",
      paramLabel = "TEXT",
      description =
          "Confirms in writing that a threshold above n - f is wanted, with which fewer faults"
              + " than agreement tolerates stop all signing.")
  private Optional<String> livenessLossConfirmed = Optional.empty();

  @ArgGroup private Places places = new Places();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the folders are written: empty, or not there yet.")
  private Path out = Path.of("");

  @Option(
      names = "--fee-recipient",
      paramLabel = "ADDRESS",
      description =
          "Who is paid for blocks, 0x and 40 digits; all operators hold one another to it (default:"
              + " nobody is prepared).")
  private Optional<String> feeRecipient = Optional.empty();

  @Option(
      names = "--builder-gas-limit",
      paramLabel = "N",
      description =
          "Registers the validators with builders, with this limit of gas for a block; needs"
              + " --fee-recipient (default: builders are told nothing).")
  private Optional<Integer> builderGasLimit = Optional.empty();

  @Option(
      names = "--beacon-node",
      paramLabel = "URL",
      description =
          "The beacon node in every operator.conf; or once for each operator, in order (default:"
              + " none, for the operators to fill in).")
  private List<String> beaconNodes = List.of();

  /** Keys that somebody held whole until now. */
  private static final class GivenKeys {
    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    @ArgGroup(multiplicity = "1")
    private Past past = new Past();
  }

  /** Where given keys come from. */
  private static final class Source {
    @ArgGroup(exclusive = false)
    private @Nullable Stores stores;

    @ArgGroup(exclusive = false)
    private @Nullable Words words;
  }

  /** Keys derived from a mnemonic. */
  private static final class Words {
    @Option(
        names = "--mnemonic-file",
        paramLabel = "FILE",
        required = true,
        description =
            "Splits the signing keys m/12381/3600/i/0/0 (EIP-2334) of the mnemonic in the first line"
                + " of FILE, for --validators values of i.")
    private Path file = Path.of("");

    @Option(
        names = "--mnemonic-passphrase-file",
        paramLabel = "FILE",
        description =
            "Holds the passphrase of the mnemonic in its first line (default: it has none). A wrong"
                + " one is not noticed: it gives other keys.")
    private Optional<Path> passphraseFile = Optional.empty();

    @Option(
        names = "--first-index",
        paramLabel = "I",
        description = "The first i (default: ${DEFAULT-VALUE}).")
    private long first;
  }

  /** Keys in key stores. */
  private static final class Stores {
    @Option(
        names = "--keystores",
        paramLabel = "DIR",
        required = true,
        description = "Splits the keys in DIR/keystore*.json (EIP-2335).")
    private Path folder = Path.of("");

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        required = true,
        description = "Holds the password of these key stores in its first line.")
    private Path passwordFile = Path.of("");
  }

  /** What given keys signed before: one of the two has to be said. */
  private static final class Past {
    @Option(
        names = "--protection",
        paramLabel = "FILE",
        description =
            "What these keys signed (EIP-3076), exported after their validator client was stopped"
                + " for good.")
    private Path protection = Path.of("");

    @Option(
        names = "--never-validated",
        description = "States that these keys never signed for a validator, anywhere.")
    private boolean neverValidated;

    KeyHistory history() {
      return neverValidated
          ? new KeyHistory.NeverValidated()
          : new KeyHistory.Validated(Protection.load(protection));
    }
  }

  /** Where the operators reach one another. */
  private static final class Places {
    @Option(
        names = "--address",
        paramLabel = "HOST:PORT",
        description = "Where the others reach an operator; once for each of them, in order.")
    private List<String> addresses = List.of();

    @Option(
        names = "--base-port",
        paramLabel = "PORT",
        description =
            "All operators on this machine: 127.0.0.1, this port and the ones after it (default:"
                + " ${DEFAULT-VALUE}).")
    private int basePort = 3610;
  }

  @Override
  public Integer call() {
    refuseNonsense();
    ClusterPlan plan = plan();
    List<URI> nodes = beaconNodes(plan.addresses().size());
    // Before the slow part, and before any key is seen.
    ClusterCreation.requireEmpty(out);
    SecureRandom random = new SecureRandom();
    List<OperatorFolder> dealt = deal(plan, random);
    try {
      Progress progress = new Progress(spec.commandLine().getErr(), "key stores written");
      ClusterCreation.write(dealt, out, nodes, random, progress::on);
      report(dealt.getFirst().cluster());
    } finally {
      dealt.forEach(OperatorFolder::close);
    }
    return ExitCode.OK;
  }

  private void refuseNonsense() {
    boolean isCounted = given == null || words().isPresent();
    if (isCounted && validators.isEmpty()) {
      throw badUsage("--validators is needed, or --keystores");
    }
    if (!isCounted && validators.isPresent()) {
      throw badUsage("--validators does not go with --keystores: all keys there are split");
    }
    long firstMax = MnemonicFile.INDEX_MAX - validators.orElse(0);
    if (words().filter(words -> words.first < 0 || words.first > firstMax).isPresent()) {
      throw badUsage("--first-index is from 0 to " + MnemonicFile.INDEX_MAX + " - N");
    }
  }

  private Optional<Words> words() {
    return Optional.ofNullable(given).flatMap(keys -> Optional.ofNullable(keys.source.words));
  }

  private List<URI> beaconNodes(int operators) {
    if (beaconNodes.size() > 1 && beaconNodes.size() != operators) {
      throw badUsage(beaconNodes.size() + " beacon nodes for " + operators + " operators");
    }
    List<URI> urls =
        beaconNodes.stream()
            .map(text ->
                OperatorSettings.parseBeaconNode(text)
                    .orElseThrow(() -> badUsage("--beacon-node is http(s)://host[:port][/path]")))
            .toList();
    return urls.size() == 1 ? Collections.nCopies(operators, urls.getFirst()) : urls;
  }

  private ClusterPlan plan() {
    try {
      List<Address> addresses = addresses();
      int chosen = threshold.orElseGet(() -> ClusterPlan.thresholdDefault(addresses.size()));
      return new ClusterPlan(name, chosen, livenessLossConfirmed, addresses, proposals());
    } catch (InvalidConfiguration wrong) {
      throw badUsage(wrong.getMessage());
    }
  }

  private Optional<Proposals> proposals() {
    if (builderGasLimit.isPresent() && feeRecipient.isEmpty()) {
      throw badUsage("--builder-gas-limit needs --fee-recipient");
    }
    return feeRecipient.map(text -> {
      if (!ADDRESS.matcher(text).matches()) {
        throw badUsage("--fee-recipient is 0x and 40 hexadecimal digits");
      }
      return new Proposals(
          Bytes.fromHex(text), builderGasLimit.map(OptionalInt::of).orElseGet(OptionalInt::empty));
    });
  }

  private List<Address> addresses() {
    if (places.addresses.isEmpty()) {
      return IntStream.range(0, operators.orElse(4))
          .mapToObj(position -> address("127.0.0.1:" + (places.basePort + position)))
          .toList();
    }
    if (operators.isPresent() && operators.get() != places.addresses.size()) {
      throw badUsage(places.addresses.size() + " addresses for " + operators.get() + " operators");
    }
    return places.addresses.stream().map(this::address).toList();
  }

  private Address address(String text) {
    return Address.parse(text).orElseThrow(() -> badUsage("not an address: " + text));
  }

  private List<OperatorFolder> deal(ClusterPlan plan, SecureRandom random) {
    if (given == null) {
      return ClusterCreation.dealFreshKeys(plan, validators.orElseThrow(), random);
    }
    KeyHistory history = given.past.history();
    return ClusterCreation.split(plan, load(given.source), history, random);
  }

  private List<SecretKey> load(Source source) {
    PrintWriter err = spec.commandLine().getErr();
    Stores stores = source.stores;
    if (stores != null) {
      Progress progress = new Progress(err, "keys read");
      return KeyStores.load(stores.folder, stores.passwordFile, progress::on);
    }
    Words words = words().orElseThrow();
    Progress progress = new Progress(err, "keys derived");
    return MnemonicFile.load(
        words.file, words.passphraseFile, words.first, validators.orElseThrow(), progress::on);
  }

  private void report(ClusterFile cluster) {
    int n = cluster.operators().size();
    PrintWriter text = spec.commandLine().getOut();
    text.printf("Cluster \"%s\", %s%n", cluster.name(), cluster.hash());
    text.printf(
        "%d of %d operators sign, %d may lie; %d validators%n",
        cluster.threshold(), n, cluster.quorum().faulty(), cluster.validators().size());
    text.printf(
        "Wrote %s and beside it operator-0 to operator-%d.%n", out.resolve("cluster.json"), n - 1);
    text.println(
        "Hand each operator its folder on a way that nobody else can read, then delete your copies.");
    words()
        .ifPresent(words ->
            text.printf(
                "The mnemonic's key %d is %s and key %d is %s: if these are not your validators, a"
                    + " word or the passphrase is wrong.%n",
                words.first,
                cluster.validators().getFirst().group(),
                words.first + cluster.validators().size() - 1,
                cluster.validators().getLast().group()));
    if (given != null) {
      text.println(
          "Keep every validator client that has these keys stopped for ever, or they are slashed.");
    }
    text.flush();
  }

  private ParameterException badUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
