/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What became of the duties from one slot to another, both included, and what was submitted at all.
 *
 * @param latenciesMillis one per duty done, ascending: from the moment that attestations are due to
 *     the first acceptance; negative if it came earlier
 * @param diverged duties done whose head differs from the one that most of their slot attested
 * @param verifiedAggregates different attestations with a valid signature, since the start
 * @param invalidAggregates attestations of known validators whose signature did not verify, since
 *     the start
 * @param conflictingSignatures attestations with a valid signature that are a double or surround
 *     vote with an earlier one, since the start, whether or not they were accepted otherwise
 * @param duplicates attestations that were known already, since the start
 * @param rejected others that were not accepted, by reason, since the start
 * @param others what came of other types of duty than attesting, by type; only of those of which
 *     anything came
 */
public record SimulatorReport(
    List<SlotCount> slots,
    List<Long> latenciesMillis,
    long diverged,
    long verifiedAggregates,
    long invalidAggregates,
    long conflictingSignatures,
    long duplicates,
    Map<Rejection, Long> rejected,
    Map<String, DutyCount> others) {

  /**
   * What came of another type of duty.
   *
   * @param expected in those slots; absent if only the validators can tell
   * @param broadcast accepted in time, of those slots
   * @param invalid of known validators, with a signature that did not verify, since the start
   * @param conflicting with a valid signature, and different from one of the same duty, since the
   *     start, whether or not they were accepted otherwise
   * @param duplicates of a duty that was done already, since the start
   * @param rejected others that were not accepted, by reason, since the start
   */
  public record DutyCount(
      OptionalLong expected,
      long broadcast,
      long invalid,
      long conflicting,
      long duplicates,
      Map<Rejection, Long> rejected) {
    public DutyCount {
      rejected = Map.copyOf(rejected);
    }

    private ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      expected.ifPresent(count -> json.put("expected", count));
      json.put("broadcast", broadcast);
      expected.ifPresent(count -> json.put("missed", Math.max(0, count - broadcast)));
      json.put("invalid", invalid).put("conflicting", conflicting).put("duplicates", duplicates);
      putReasons(json, rejected);
      return json;
    }
  }

  /**
   * One slot's duties: assigned, and done in time.
   *
   * @param missed public keys of the validators whose duties were not
   */
  public record SlotCount(long slot, int expected, int broadcast, List<Bytes> missed) {
    public SlotCount {
      missed = List.copyOf(missed);
    }
  }

  public SimulatorReport {
    slots = List.copyOf(slots);
    latenciesMillis = latenciesMillis.stream().sorted().toList();
    rejected = Map.copyOf(rejected);
    others = Collections.unmodifiableMap(new TreeMap<>(others));
  }

  SimulatorReport with(Map<String, DutyCount> moreDuties) {
    return new SimulatorReport(
        slots,
        latenciesMillis,
        diverged,
        verifiedAggregates,
        invalidAggregates,
        conflictingSignatures,
        duplicates,
        rejected,
        moreDuties);
  }

  public long expected() {
    return slots.stream().mapToLong(SlotCount::expected).sum();
  }

  public long broadcast() {
    return slots.stream().mapToLong(SlotCount::broadcast).sum();
  }

  public long missed() {
    return expected() - broadcast();
  }

  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("expected", expected())
            .put("broadcast", broadcast())
            .put("missed", missed())
            .put("diverged", diverged)
            .put("verifiedAggregates", verifiedAggregates)
            .put("invalidAggregates", invalidAggregates)
            .put("conflictingSignatures", conflictingSignatures)
            .put("duplicates", duplicates);
    putReasons(json, rejected);
    if (!others.isEmpty()) {
      ObjectNode duties = json.putObject("duties");
      others.forEach((type, count) -> duties.set(type, count.toJson()));
    }
    ArrayNode latencies = json.putArray("latenciesMillis");
    latenciesMillis.forEach(latencies::add);
    ArrayNode perSlot = json.putArray("slots");
    for (SlotCount slot : slots) {
      ObjectNode counted =
          perSlot
              .addObject()
              .put("slot", slot.slot())
              .put("expected", slot.expected())
              .put("broadcast", slot.broadcast());
      ArrayNode missed = counted.putArray("missed");
      slot.missed().forEach(key -> missed.add(key.toString()));
    }
    return json;
  }

  private static void putReasons(ObjectNode json, Map<Rejection, Long> rejected) {
    ObjectNode reasons = json.putObject("rejected");
    rejected.forEach((reason, count) -> reasons.put(reason.name(), count));
  }
}
