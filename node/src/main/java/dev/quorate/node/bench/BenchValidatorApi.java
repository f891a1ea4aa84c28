/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.beacon.simulator.PublishedBlock;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.node.client.ClientNetwork;
import dev.quorate.node.client.HonestClient;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.Table;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench validator-api}: what it costs that a validator client holds the key shares. */
@Command(
    name = "validator-api",
    description =
        "Runs four operators whose key shares are with a validator client each, all in this"
            + " process, and measures what the validator API adds to a beacon node, what clients do"
            + " through it, and what it asks of beacon nodes.",
    footer = {
      "",
      "First 64 validators spread over 32 slots: answers of seven routes beside the node's own, then"
          + " blocks of a megabyte. Then --validators, spread, for what is asked of beacon nodes, and"
          + " all in every slot, attesting alone, for duties a second: as many as there are by the"
          + " latency of the last.",
      "Exit status: 0 if every attestation of the last run was done in time and every call was answered, 1 if"
          + " not."
    },
    sortOptions = false)
public final class BenchValidatorApi implements Callable<Integer> {
  private static final int SLOTS_PER_EPOCH = 32;
  private static final int FEW = 64;
  private static final int MEGABYTE = 1 << 20;

  /** Of one that waits nowhere. */
  private static final int CALLS_PER_SLOT = 20;

  private static final long SETTLED_MILLIS = 800;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validators",
      paramLabel = "N",
      description = "How many attest in every slot of the second run (default: ${DEFAULT-VALUE}).")
  private int validators = 1000;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "For how many slots to measure each part (default: ${DEFAULT-VALUE}).")
  private int slots = 10;

  @Option(
      names = "--warm-up-slots",
      paramLabel = "N",
      description = "Slots before those, in each run (default: ${DEFAULT-VALUE}).")
  private int warmUpSlots = 3;

  @Option(
      names = "--slot-seconds",
      paramLabel = "N",
      description = "Length of a slot (default: ${DEFAULT-VALUE}).")
  private int slotSeconds = 12;

  @Mixin private JsonOption json = new JsonOption();

  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectNode figures = JsonNodeFactory.instance.objectNode();
  private boolean isWhole = true;
  private int unanswered;

  @Override
  public Integer call() throws IOException, InterruptedException, TimeoutException {
    if (warmUpSlots < 0 || !BenchNetwork.isWithinBounds(validators, slots, slotSeconds)) {
      throw new ParameterException(
          spec.commandLine(), "0 or more --warm-up-slots, " + BenchNetwork.BOUNDS);
    }
    // Now, and not after minutes, it shows whether it can be written.
    json.write(figures);
    run(FEW, SLOTS_PER_EPOCH, HonestClient.Duties.BLOCKS, this::measureFew);
    json.write(figures);
    run(
        validators,
        SLOTS_PER_EPOCH,
        HonestClient.Duties.BLOCKS,
        network -> questions(network, validators));
    run(validators, 1, HonestClient.Duties.ATTESTATIONS, this::measureMany);
    json.write(figures);
    return isWhole ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private interface Work {
    void on(ClientNetwork network) throws IOException, InterruptedException;
  }

  private void run(int size, int slotsPerEpoch, HonestClient.Duties duties, Work work)
      throws IOException, InterruptedException, TimeoutException {
    say(
        "%d validators, %s: making keys, starting operators",
        size, slotsPerEpoch > 1 ? "spread over " + slotsPerEpoch + " slots" : "all in every slot");
    Path folder = Files.createTempDirectory("quorate-bench");
    try (ClientNetwork network =
        new ClientNetwork(
            folder,
            new ClientNetwork.Plan(size, Fork.FULU, slotSeconds * 1000, slotsPerEpoch, duties))) {
      network.awaitStartOf(network.nextSlot());
      network.clients().forEach(HonestClient::start);
      network.awaitStartOf(network.nextSlot() + warmUpSlots);
      network.clients().forEach(client -> client.tookNanos().clear());
      work.on(network);
      long troubles = network.clients().stream().mapToLong(one -> one.troubles().size()).sum();
      if (troubles > 0) {
        say(
            "clients had %d troubles, such as: %s",
            troubles,
            network.clients().stream()
                .flatMap(one -> one.troubles().stream())
                .findFirst()
                .orElse(""));
      }
    } finally {
      BenchFolders.delete(folder);
    }
  }

  // ---- few validators

  private void measureFew(ClientNetwork network) throws IOException, InterruptedException {
    questions(network, FEW);
    routes(network);
    blocks(network);
    clients(network, FEW);
  }

  /** What operators and their clients ask of beacon nodes, submissions aside. */
  private void questions(ClientNetwork network, int size) throws IOException, InterruptedException {
    network.awaitStartOf(network.nextSlot());
    long first = network.nextSlot();
    long before = network.chain().questions();
    progress(network, first);
    double each =
        (network.chain().questions() - before) / (double) (slots * ClientNetwork.OPERATORS);
    figures.withObject("beaconRequestsPerSlotAndOperator").put(Integer.toString(size), each);
    tell("%d validators: %.1f requests per slot and operator to beacon nodes", size, each);
  }

  private record Pair(List<Long> api, List<Long> node) {}

  private void routes(ClientNetwork network) throws IOException, InterruptedException {
    HonestClient client = network.clients().getFirst();
    String node = network.chain().nodeUrls().getFirst();
    Map<String, Pair> took = new TreeMap<>();
    SharedKey validator = network.folders().getFirst().cluster().validators().getFirst();
    String share = ApiJson.hex(validator.shares().getFirst().compressed());
    String group = ApiJson.hex(validator.group().compressed());
    ArrayNode indices = JsonNodeFactory.instance.arrayNode();
    client
        .get("/eth/v1/beacon/states/head/validators")
        .data()
        .forEach(one -> indices.add(one.path("index").asText()));
    for (int i = 0; i < slots; i++) {
      long slot = network.nextSlot();
      network.awaitStartOf(slot);
      long epoch = network.times().spec().epochOf(slot);
      awaitSettled(network, slot);
      for (int call = 0; call < CALLS_PER_SLOT; call++) {
        get(
            took,
            "GET validator/attestation_data, agreed",
            client,
            node,
            "/eth/v1/validator/attestation_data?committee_index=0&slot=" + slot);
        get(took, "GET node/syncing", client, node, "/eth/v1/node/syncing");
        get(took, "GET config/spec", client, node, "/eth/v1/config/spec");
        get(
            took,
            "GET validator/duties/proposer",
            client,
            node,
            "/eth/v1/validator/duties/proposer/" + epoch);
        both(
            took,
            "GET states/head/validators?id",
            request(client.base() + "/eth/v1/beacon/states/head/validators?id=" + share),
            request(node + "/eth/v1/beacon/states/head/validators?id=" + group));
        for (String duties : List.of("attester", "sync")) {
          String path = "/eth/v1/validator/duties/" + duties + "/" + epoch;
          both(
              took,
              "POST validator/duties/" + duties,
              post(client.base() + path, indices),
              post(node + path, indices));
        }
      }
      say("routes: slot %d of %d", i + 1, slots);
    }
    Table table =
        new Table(
            "route", "p50, ms", "p99, ms", "node's p50, ms", "node's p99, ms", "added p50, ms");
    took.values().removeIf(pair -> pair.api().isEmpty() || pair.node().isEmpty());
    took.forEach((route, pair) -> {
      Latency api = latency(pair.api());
      Latency own = latency(pair.node());
      table.row(
          route,
          millis(api.p50()),
          millis(api.p99()),
          millis(own.p50()),
          millis(own.p99()),
          millis(api.p50() - own.p50()));
      figures
          .withObject("routes")
          .putObject(route)
          .put("p50Micros", api.p50() / 1000)
          .put("p99Micros", api.p99() / 1000)
          .put("nodeP50Micros", own.p50() / 1000)
          .put("nodeP99Micros", own.p99() / 1000);
    });
    tell("%n%s", table);
    figures.put("unanswered", unanswered);
    tell("%d calls were not answered with 200", unanswered);
    isWhole &= unanswered == 0;
  }

  private void get(
      Map<String, Pair> took, String route, HonestClient client, String node, String path)
      throws IOException, InterruptedException {
    both(took, route, request(client.base() + path), request(node + path));
  }

  private static HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).build();
  }

  private static HttpRequest post(String url, JsonNode body) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
        .build();
  }

  private void both(Map<String, Pair> took, String route, HttpRequest api, HttpRequest node)
      throws IOException, InterruptedException {
    Pair pair = took.computeIfAbsent(route, _ -> new Pair(new ArrayList<>(), new ArrayList<>()));
    pair.api().addAll(nanos(api));
    pair.node().addAll(nanos(node));
  }

  /** Nothing if it was not answered with 200, which is counted. */
  private List<Long> nanos(HttpRequest request) throws IOException, InterruptedException {
    long startNanos = System.nanoTime();
    int status = http.send(request, HttpResponse.BodyHandlers.ofByteArray()).statusCode();
    unanswered += status == 200 ? 0 : 1;
    return status == 200 ? List.of(System.nanoTime() - startNanos) : List.of();
  }

  // ---- blocks

  private void blocks(ClientNetwork network) throws IOException, InterruptedException {
    network.awaitStartOf(network.nextSlot());
    network.chain().setBlockBytes(MEGABYTE);
    long first = network.nextSlot() + 1;
    network.awaitStartOf(first);
    long before = peerBytes(network);
    List<Long> node = new ArrayList<>();
    long published = 0;
    long sizes = 0;
    for (long slot = first; slot < first + slots; slot++) {
      network.awaitStartOf(slot);
      awaitSettled(network, slot);
      for (PublishedBlock block : network.chain().blocks(slot)) {
        published++;
        sizes += network.chain().chain().blockBytes(slot);
        node.addAll(
            nanos(
                request(
                    "%s/eth/v3/validator/blocks/%d?randao_reveal=%s"
                        .formatted(
                            network.chain().nodeUrls().getFirst(),
                            slot,
                            ApiJson.hex(block.randaoReveal())))));
      }
      say("blocks: slot %d of %d", slot - first + 1, slots);
    }
    network.awaitStartOf(first + slots);
    long sent = peerBytes(network) - before;
    ObjectNode told = figures.putObject("blocks").put("published", published).put("slots", slots);
    if (!node.isEmpty()) {
      told.put("blockBytes", sizes / published)
          .put("peerBytesPerBlock", sent / published)
          .put("nodeP50Micros", latency(node).p50() / 1000)
          .put("nodeP99Micros", latency(node).p99() / 1000);
      tell(
          "blocks: %d of %d published, of %.2f MB on average; %.2f MB between operators for each; the node itself makes one in %s ms",
          published,
          slots,
          sizes / 1e6 / published,
          sent / 1e6 / published,
          millis(latency(node).p50()));
    }
  }

  private static long peerBytes(ClientNetwork network) {
    return network.pods().stream()
        .mapToLong(pod -> pod.operator().peers().total().bytesSent())
        .sum();
  }

  // ---- many validators

  private void measureMany(ClientNetwork network) throws IOException, InterruptedException {
    network.awaitStartOf(network.nextSlot());
    long first = network.nextSlot();
    progress(network, first);
    long last = first + slots - 1;
    // Those of the last slot, too.
    network.awaitStartOf(network.nextSlot() + 1);
    SimulatorReport report = network.chain().report(first, last);
    Optional<Latency> latency = Latency.of(report.latenciesMillis());
    isWhole &= report.missed() == 0;
    ObjectNode told =
        figures
            .putObject("duties")
            .put("validators", validators)
            .put("expected", report.expected())
            .put("missed", report.missed());
    tell(
        "%d validators in every slot: %d of %d missed",
        validators, report.missed(), report.expected());
    latency.ifPresent(took -> {
      told.put("latencyP50Millis", took.p50())
          .put("latencyP99Millis", took.p99())
          .put("latencyMaxMillis", took.max());
      tell("%d / %d / %d ms (p50 / p99 / max)", took.p50(), took.p99(), took.max());
      if (report.missed() == 0) {
        double perSecond = validators * 1000.0 / Math.max(1, took.max());
        told.put("perSecond", perSecond);
        tell("%.0f duties a second", perSecond);
      }
    });
    clients(network, validators);
  }

  /** What clients' own requests took, waiting for agreement included. */
  private void clients(ClientNetwork network, int size) {
    Map<String, List<Long>> took = new TreeMap<>();
    network
        .clients()
        .forEach(client ->
            client
                .tookNanos()
                .forEach((route, nanos) ->
                    took.computeIfAbsent(route, _ -> new ArrayList<>())
                        .addAll(List.copyOf(nanos))));
    Table table = new Table("client's request", "times", "p50, ms", "p99, ms");
    took.forEach((route, nanos) -> {
      Latency latency = latency(nanos);
      table.row(route, nanos.size(), millis(latency.p50()), millis(latency.p99()));
      figures
          .withObject("clients")
          .withObject(Integer.toString(size))
          .putObject(route)
          .put("times", nanos.size())
          .put("p50Micros", latency.p50() / 1000)
          .put("p99Micros", latency.p99() / 1000);
    });
    tell("%n%s", table);
  }

  // ---- short forms

  /** What the slot brings is agreed on. */
  private static void awaitSettled(ClientNetwork network, long slot) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(
        network.times().attestationDueMillis(slot) + SETTLED_MILLIS - System.currentTimeMillis());
  }

  private void progress(ClientNetwork network, long first) throws InterruptedException {
    for (int i = 0; i < slots; i++) {
      network.awaitStartOf(first + i + 1);
      say("slot %d of %d", i + 1, slots);
    }
  }

  private static Latency latency(List<Long> nanos) {
    return Latency.of(nanos.stream().sorted().toList()).orElse(new Latency(0, 0, 0));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f", nanos / 1e6);
  }

  private void tell(String format, Object... arguments) {
    print(spec.commandLine().getOut(), format, arguments);
  }

  private void say(String format, Object... arguments) {
    print(spec.commandLine().getErr(), format, arguments);
  }

  private static void print(PrintWriter to, String format, Object... arguments) {
    to.printf(Locale.ROOT, format + "%n", arguments);
    to.flush();
  }
}
