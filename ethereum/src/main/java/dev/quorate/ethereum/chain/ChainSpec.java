/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.chain;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Quorate needs of a chain's configuration. Arithmetic on slots and epochs saturates at {@link
 * Long#MAX_VALUE}, so that no number a peer sends can wrap around.
 *
 * @param slotMillis the length of a slot
 * @param attestationDueMillis how far into the slot an attestation is due
 */
public record ChainSpec(
    long slotMillis, long slotsPerEpoch, long attestationDueMillis, ForkSchedule forks) {
  private static final long SLOT_MILLIS_MAX = 3_600_000;
  private static final long SLOTS_PER_EPOCH_MAX = 1 << 20;
  private static final int BASIS_POINTS = 10_000;

  /**
   * Thirds of a slot (consensus-specs up to v1.5, phase0/fork-choice.md). A constant of the
   * protocol, not of the configuration, so most nodes do not list it; v1.6 made it
   * ATTESTATION_DUE_BPS, which they do.
   */
  private static final long INTERVALS_PER_SLOT = 3;

  public ChainSpec {
    if (slotMillis < 1
        || slotMillis > SLOT_MILLIS_MAX
        || slotsPerEpoch < 1
        || slotsPerEpoch > SLOTS_PER_EPOCH_MAX
        || attestationDueMillis < 0
        || attestationDueMillis >= slotMillis) {
      throw new IllegalArgumentException(
          "slots of %s ms, %s an epoch, attestations due after %s ms"
              .formatted(slotMillis, slotsPerEpoch, attestationDueMillis));
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
        slotMillis, number(spec, "SLOTS_PER_EPOCH"), dueMillis(spec, slotMillis), forks(spec));
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

  private static long dueMillis(JsonNode spec, long slotMillis) {
    if (spec.has("ATTESTATION_DUE_BPS")) {
      return saturatedProduct(number(spec, "ATTESTATION_DUE_BPS"), slotMillis) / BASIS_POINTS;
    }
    long intervals =
        spec.has("INTERVALS_PER_SLOT") ? number(spec, "INTERVALS_PER_SLOT") : INTERVALS_PER_SLOT;
    return slotMillis / Math.max(1, intervals);
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
