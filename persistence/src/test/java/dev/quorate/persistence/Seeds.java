/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.VoteKind;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Seeded randomness and random values of the vocabulary. */
public final class Seeds {
  private Seeds() {}

  /** From {@code -Dseed=}, else new; printed so that a failure can be run again. */
  public static Random random(String test) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println(test + " -Dseed=" + seed);
    return new Random(seed);
  }

  public static Bytes bytes(Random random, int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    return Bytes.wrap(content);
  }

  public static Bytes32 root(Random random) {
    return Bytes32.of(bytes(random, 32).toArray());
  }

  public static DutyEvent event(Random random) {
    DutyId duty = duty(random);
    return switch (random.nextInt(4)) {
      case 0 ->
          new DutyEvent.Intended(
              duty,
              value(random),
              new Signable(root(random), natural(random), natural(random)),
              trail(random),
              aftermath(random));
      case 1 -> new DutyEvent.Shared(duty, bytes(random, 192), natural(random));
      case 2 ->
          new DutyEvent.Completed(
              duty,
              random.nextBoolean() ? Optional.of(value(random)) : Optional.empty(),
              bytes(random, 96),
              list(random, 10, () -> random.nextInt(40)),
              list(random, 3, () -> random.nextInt(40)),
              arrivals(random),
              trail(random),
              aftermath(random),
              natural(random));
      default ->
          new DutyEvent.Failed(
              duty,
              pick(random, Reason.values()),
              list(random, 3, () -> random.nextInt(40)),
              arrivals(random),
              trail(random),
              aftermath(random),
              natural(random));
    };
  }

  private static List<DutyEvent.Arrival> arrivals(Random random) {
    return list(random, 9, () -> new DutyEvent.Arrival(random.nextInt(40), natural(random)));
  }

  private static DutyEvent.Aftermath aftermath(Random random) {
    return new DutyEvent.Aftermath(
        list(
            random,
            5,
            () ->
                new DutyEvent.Submission(
                    duty(random), pick(random, SubmissionOutcome.values()), natural(random))),
        list(
            random,
            5,
            () -> new DutyEvent.LatePartial(duty(random), random.nextInt(40), natural(random))));
  }

  private static DutyId duty(Random random) {
    return DutyId.attester(natural(random), random.nextInt(1000));
  }

  private static Value value(Random random) {
    return new Value(bytes(random, random.nextInt(Value.INLINE_BYTES_MAX + 1)));
  }

  private static DutyEvent.Trail trail(Random random) {
    return new DutyEvent.Trail(
        natural(random),
        natural(random),
        natural(random),
        random.nextInt(9),
        random.nextBoolean() ? Optional.of(random.nextInt(40)) : Optional.empty(),
        list(random, 7, () -> random.nextInt(40)),
        list(
            random,
            9,
            () ->
                new DutyEvent.CastVote(
                    pick(random, VoteKind.values()),
                    random.nextInt(9),
                    root(random),
                    natural(random))),
        list(
            random,
            3,
            () ->
                new DutyEvent.DoubleVote(
                    random.nextInt(40),
                    pick(random, VoteKind.values()),
                    random.nextInt(9),
                    root(random),
                    root(random))),
        random.nextBoolean() ? Optional.of(pick(random, Reason.values())) : Optional.empty());
  }

  private static long natural(Random random) {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  private static <T> List<T> list(Random random, int max, Supplier<T> item) {
    return Stream.generate(item).limit(random.nextInt(max)).toList();
  }

  private static <T> T pick(Random random, T[] items) {
    return items[random.nextInt(items.length)];
  }
}
