/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Quorate needs of a chain's configuration. Arithmetic on slots and epochs saturates at {@link
 * Long#MAX_VALUE}, so that no number a peer sends can wrap around.
 *
 * @param slotMillis the length of a slot
 * @param due how far into the slot duties are due: forks may change it. From epoch 0 on, ascending
 * @param preset what shapes the chain's types
 * @param unknownForks scheduled ones that this version cannot serve, ascending: from then on
 *     nothing that we sign is valid
 */
public record ChainSpec(
    long slotMillis,
    long slotsPerEpoch,
    List<Due> due,
    Preset preset,
    ForkSchedule forks,
    List<ScheduledFork> unknownForks) {
  /**
   * In force from {@code epoch} until the next one is.
   *
   * @param millis types that are not named are due when the slot begins
   */
  public record Due(long epoch, Map<DutyType, Long> millis) {
    public Due {
      millis = Map.copyOf(millis);
    }
  }

  /** A fork and the epoch in which the chain activates it, past or to come. */
  public record ScheduledFork(String name, long epoch) {}

  /** No chain has slots of more than an hour. */
  public static final long SLOT_MILLIS_MAX = 3_600_000;

  public static final long SLOTS_PER_EPOCH_MAX = 1 << 20;

  /** No chain has scheduled more, known to us or not. */
  public static final int SCHEDULED_FORKS_MAX = 64;

  /** The epoch of a fork: its name goes into logs. */
  private static final Pattern FORK_EPOCH = Pattern.compile("([A-Z0-9_]{1,64})_FORK_EPOCH");

  /**
   * Of what is due within a slot: the key of the configuration, and the interval of the slot that
   * it is due after where nodes do not list the key (consensus-specs up to v1.5, validator.md of
   * phase0 and altair).
   */
  private enum DueKey {
    ATTESTATION_DUE_BPS(DutyType.ATTESTER, 1),
    AGGREGATE_DUE_BPS(DutyType.AGGREGATOR, 2),
    SYNC_MESSAGE_DUE_BPS(DutyType.SYNC_MESSAGE, 1),
    CONTRIBUTION_DUE_BPS(DutyType.SYNC_CONTRIBUTION, 2);

    private final DutyType type;
    private final int interval;

    DueKey(DutyType type, int interval) {
      this.type = type;
      this.interval = interval;
    }
  }

  private static final int BASIS_POINTS = 10_000;

  /**
   * Thirds of a slot (consensus-specs up to v1.5, phase0/fork-choice.md). A constant of the
   * protocol, not of the configuration, so most nodes do not list it; v1.6 made it
   * ATTESTATION_DUE_BPS and the like, which they do.
   */
  private static final long INTERVALS_PER_SLOT = 3;

  public ChainSpec {
    due = List.copyOf(due);
    unknownForks = List.copyOf(unknownForks);
    if (slotMillis < 1
        || slotMillis > SLOT_MILLIS_MAX
        || slotsPerEpoch < 1
        || slotsPerEpoch > SLOTS_PER_EPOCH_MAX
        || due.isEmpty()
        || due.getFirst().epoch() != 0
        || due.stream()
            .flatMap(times -> times.millis().values().stream())
            .anyMatch(millis -> millis < 0 || millis >= slotMillis)) {
      throw new IllegalArgumentException(
          "slots of %s ms, %s an epoch, duties due after %s"
              .formatted(slotMillis, slotsPerEpoch, due));
    }
  }

  /**
   * Reads the {@code data} of {@code GET /eth/v1/config/spec}. Keys it does not know are ignored.
   *
   * @throws IllegalArgumentException naming the key that is missing, malformed or contradictory: a
   *     node that answers so cannot be worked with
   */
  public static ChainSpec ofJson(JsonNode spec) {
    long slotMillis = slotMillis(spec);
    return new ChainSpec(
        slotMillis,
        number(spec, "SLOTS_PER_EPOCH"),
        due(spec, slotMillis),
        preset(spec),
        forks(spec),
        unknownForks(spec));
  }

  /** How far into its slot a duty of {@code epoch} is due. */
  public long dueMillis(DutyType type, long epoch) {
    return due.stream()
        .filter(times -> times.epoch() <= Math.max(0, epoch))
        .reduce((_, later) -> later)
        .orElseThrow()
        .millis()
        .getOrDefault(type, 0L);
  }

  public long epochOf(long slot) {
    return Math.floorDiv(slot, slotsPerEpoch);
  }

  public long firstSlotOf(long epoch) {
    return saturatedProduct(epoch, slotsPerEpoch);
  }

  public Fork forkAtSlot(long slot) {
    return forks.forkAt(epochOf(slot));
  }

  /**
   * The last slot whose block may include an attestation of {@code slot}: one epoch later before
   * deneb, the last of the next epoch since (EIP-7045). The including block's fork decides, and
   * that late it is of the next epoch.
   */
  public long lastInclusionSlot(long slot) {
    long nextEpoch = epochOf(slot) + 1;
    return forks.forkAt(nextEpoch).isAtLeast(Fork.DENEB)
        ? saturatedSum(firstSlotOf(nextEpoch), slotsPerEpoch - 1)
        : saturatedSum(slot, slotsPerEpoch);
  }

  /** The product, or the end of the range of {@code long} that it lies beyond. */
  static long saturatedProduct(long a, long b) {
    long product = a * b;
    if (Math.multiplyHigh(a, b) == product >> (Long.SIZE - 1)) {
      return product;
    }
    return a < 0 == b < 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
  }

  /** The sum, or the end of the range of {@code long} that it lies beyond. */
  static long saturatedSum(long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) >= 0) {
      return sum;
    }
    return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  /** SLOT_DURATION_MS since v1.6 of the consensus specs, SECONDS_PER_SLOT before; often both. */
  private static long slotMillis(JsonNode spec) {
    if (!spec.has("SLOT_DURATION_MS")) {
      return saturatedProduct(number(spec, "SECONDS_PER_SLOT"), 1000);
    }
    long slotMillis = number(spec, "SLOT_DURATION_MS");
    if (spec.has("SECONDS_PER_SLOT") && number(spec, "SECONDS_PER_SLOT") != slotMillis / 1000) {
      throw new IllegalArgumentException(
          "the chain's configuration contradicts itself: SLOT_DURATION_MS and SECONDS_PER_SLOT");
    }
    return slotMillis;
  }

  /**
   * A fork that moves a due time has a key of its own, as ATTESTATION_DUE_BPS_GLOAS
   * (consensus-specs, gloas/validator.md).
   */
  private static List<Due> due(JsonNode spec, long slotMillis) {
    Map<DutyType, Long> millis = new EnumMap<>(DutyType.class);
    for (DueKey key : DueKey.values()) {
      millis.put(key.type, firstDueMillis(spec, key, slotMillis));
    }
    TreeMap<Long, Due> byEpoch = new TreeMap<>();
    byEpoch.put(0L, new Due(0, millis));
    for (ScheduledFork fork : scheduledForks(spec)) {
      for (DueKey key : DueKey.values()) {
        String moved = key + "_" + fork.name();
        if (spec.has(moved)) {
          millis.put(key.type, basisPointsMillis(spec, moved, slotMillis));
          byEpoch.put(fork.epoch(), new Due(fork.epoch(), millis));
        }
      }
    }
    return List.copyOf(byEpoch.values());
  }

  private static long firstDueMillis(JsonNode spec, DueKey key, long slotMillis) {
    if (spec.has(key.name())) {
      return basisPointsMillis(spec, key.name(), slotMillis);
    }
    long intervals =
        spec.has("INTERVALS_PER_SLOT") ? number(spec, "INTERVALS_PER_SLOT") : INTERVALS_PER_SLOT;
    return key.interval * slotMillis / Math.max(1, intervals);
  }

  private static long basisPointsMillis(JsonNode spec, String key, long slotMillis) {
    return saturatedProduct(number(spec, key), slotMillis) / BASIS_POINTS;
  }

  /** Most nodes list the figures; what is not listed is as in the preset that is named. */
  private static Preset preset(JsonNode spec) {
    Preset base =
        spec.path("PRESET_BASE").asText().equals("minimal") ? Preset.MINIMAL : Preset.MAINNET;
    return new Preset(
        figure(spec, "MAX_COMMITTEES_PER_SLOT", base.committeesPerSlot()),
        figure(spec, "SYNC_COMMITTEE_SIZE", base.syncCommitteeSize()),
        figure(spec, "MAX_WITHDRAWALS_PER_PAYLOAD", base.withdrawalsPerPayload()),
        figure(spec, "MAX_BLOB_COMMITMENTS_PER_BLOCK", base.blobCommitmentsPerBlock()),
        figure(spec, "MAX_DEPOSIT_REQUESTS_PER_PAYLOAD", base.depositRequestsPerPayload()),
        figure(spec, "MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD", base.withdrawalRequestsPerPayload()),
        figure(
            spec,
            "MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD",
            base.consolidationRequestsPerPayload()));
  }

  private static int figure(JsonNode spec, String key, int unlisted) {
    return spec.has(key)
        ? present(spec, key, ApiJson.unsigned(spec.path(key), Integer.SIZE - 1)).intValueExact()
        : unlisted;
  }

  private static List<ScheduledFork> unknownForks(JsonNode spec) {
    List<String> known = Arrays.stream(Fork.values()).map(Fork::name).toList();
    return scheduledForks(spec).stream().filter(fork -> !known.contains(fork.name())).toList();
  }

  /** Every fork with an epoch, whether we know it or not, in order. */
  private static List<ScheduledFork> scheduledForks(JsonNode spec) {
    List<ScheduledFork> scheduled = new ArrayList<>();
    for (String key : (Iterable<String>) spec::fieldNames) {
      Matcher named = FORK_EPOCH.matcher(key);
      if (named.matches()) {
        ApiJson.number(spec.path(key))
            .ifPresent(epoch -> scheduled.add(new ScheduledFork(named.group(1), epoch)));
      }
    }
    if (scheduled.size() > SCHEDULED_FORKS_MAX) {
      throw new IllegalArgumentException(
          "the chain's configuration schedules " + scheduled.size() + " forks");
    }
    scheduled.sort(Comparator.comparingLong(ScheduledFork::epoch));
    return scheduled;
  }

  /** A fork may be missing only if every later one is: then the node is older than the fork. */
  private static ForkSchedule forks(JsonNode spec) {
    List<ForkSchedule.Activation> activations = new ArrayList<>();
    activations.add(
        new ForkSchedule.Activation(Fork.PHASE0, version(spec, "GENESIS_FORK_VERSION"), 0));
    List<Fork> forks = List.of(Fork.values());
    int known = forks.size();
    while (known > 1 && !namesFork(spec, forks.get(known - 1))) {
      known--;
    }
    for (Fork fork : forks.subList(1, known)) {
      activations.add(
          new ForkSchedule.Activation(
              fork, version(spec, fork + "_FORK_VERSION"), forkEpoch(spec, fork + "_FORK_EPOCH")));
    }
    return new ForkSchedule(activations);
  }

  private static boolean namesFork(JsonNode spec, Fork fork) {
    return spec.has(fork + "_FORK_VERSION") || spec.has(fork + "_FORK_EPOCH");
  }

  private static long forkEpoch(JsonNode spec, String key) {
    BigInteger epoch = present(spec, key, ApiJson.unsigned(spec.path(key), Long.SIZE));
    return epoch.min(BigInteger.valueOf(ForkSchedule.NEVER)).longValueExact();
  }

  private static Bytes version(JsonNode spec, String key) {
    return present(spec, key, ApiJson.bytes(spec.path(key), 4));
  }

  private static long number(JsonNode spec, String key) {
    return present(spec, key, ApiJson.unsigned(spec.path(key), Long.SIZE - 1)).longValueExact();
  }

  private static <T> T present(JsonNode spec, String key, Optional<T> value) {
    return value.orElseThrow(() ->
        new IllegalArgumentException(
            spec.has(key)
                ? "the chain's configuration has a malformed " + key
                : "the chain's configuration lacks " + key));
  }
}
