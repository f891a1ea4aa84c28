/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.batch;

import dev.quorate.consensus.Bytes;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.threshold.Recombination;
import dev.quorate.signing.threshold.SharedKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Recombines the partial signatures of all validators that sign one message, and lets nothing out
 * that does not verify. It is optimistic: it recombines what is there and checks the aggregates of
 * all validators with one pairing check. Only for a validator whose aggregate is wrong it looks at
 * the partials, operator by operator in one batch each, names who sent a wrong one, and recombines
 * from the others.
 */
public final class Aggregation {
  private Aggregation() {}

  /**
   * One validator.
   *
   * @param partials by share index, as they came from the operators, compressed or not; that an
   *     index is its sender's has been checked
   */
  public record Job(SharedKey key, SortedMap<Integer, Bytes> partials) {
    public Job {
      partials = Collections.unmodifiableSortedMap(new TreeMap<>(partials));
      if (!partials.isEmpty()
          && (partials.firstKey() < 1 || partials.lastKey() > key.shares().size())) {
        throw new IllegalArgumentException("share indices " + partials.keySet());
      }
    }
  }

  /** What became of a job. */
  public sealed interface Outcome {
    /** The share indices of partials known to be no valid signature. */
    SortedSet<Integer> culprits();
  }

  /**
   * The signature, verified with the group's key.
   *
   * @param used the share indices it is made of
   * @param culprits complete only among {@code used} and what had to be looked at: a wrong partial
   *     that was not needed may have escaped notice
   */
  public record Aggregated(
      Signature signature, SortedSet<Integer> used, SortedSet<Integer> culprits)
      implements Outcome {
    public Aggregated {
      used = copy(used);
      culprits = copy(culprits);
    }
  }

  /**
   * Fewer partials than the threshold are left.
   *
   * @param valid how many have not been found wrong
   */
  public record Insufficient(SortedSet<Integer> culprits, int valid) implements Outcome {
    public Insufficient {
      culprits = copy(culprits);
    }
  }

  /**
   * @param outcomes one per job, in their order
   * @param pairingChecks one if all is well
   */
  public record Result(List<Outcome> outcomes, int pairingChecks) {}

  /**
   * @param threshold how many partials make a signature
   * @param suspects share indices that were culprits lately: their partials are verified before
   *     they are used, so that a persistent offender costs one batch instead of spoiling every
   *     aggregate
   * @param random draws the coefficients of the batches
   * @throws IllegalStateException if valid partials make a wrong signature: the public shares are
   *     not those of the group's key, which {@link SharedKey#inconsistent} finds beforehand
   */
  public static Result aggregate(
      HashedMessage message,
      int threshold,
      List<Job> jobs,
      SortedSet<Integer> suspects,
      SecureRandom random) {
    return new Round(message, threshold, jobs, random).run(suspects);
  }

  private static SortedSet<Integer> copy(SortedSet<Integer> indices) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(indices));
  }

  private static final class Round {
    private final HashedMessage message;
    private final int threshold;
    private final List<Work> all;
    private final SecureRandom random;
    private int pairingChecks;

    Round(HashedMessage message, int threshold, List<Job> jobs, SecureRandom random) {
      this.message = message;
      this.threshold = threshold;
      this.all = jobs.stream().map(Work::new).toList();
      this.random = random;
    }

    Result run(SortedSet<Integer> suspects) {
      verifyPartials(all, suspects);
      settle();
      List<Work> open = unsettled();
      if (!open.isEmpty()) {
        SortedSet<Integer> operators = new TreeSet<>();
        open.forEach(work -> operators.addAll(work.candidates.keySet()));
        verifyPartials(open, operators);
        settle();
        if (!unsettled().isEmpty()) {
          throw new IllegalStateException(
              "the public shares do not belong to " + unsettled().getFirst().job.key().group());
        }
      }
      return new Result(all.stream().map(work -> work.outcome()).toList(), pairingChecks);
    }

    /** Those that have enough partials and no signature yet. */
    private List<Work> unsettled() {
      return all.stream()
          .filter(work -> work.aggregated.isEmpty() && work.candidates.size() >= threshold)
          .toList();
    }

    /** Recombines what is unsettled and keeps the aggregates that verify. */
    private void settle() {
      List<Work> open = unsettled();
      List<Aggregated> aggregates = new ArrayList<>();
      List<SameMessageBatch.Entry> entries = new ArrayList<>();
      for (Work work : open) {
        Aggregated aggregate = work.recombine(threshold);
        aggregates.add(aggregate);
        entries.add(new SameMessageBatch.Entry(work.job.key().group(), aggregate.signature()));
      }
      SortedSet<Integer> invalid = verify(entries);
      for (int i = 0; i < open.size(); i++) {
        if (!invalid.contains(i)) {
          open.get(i).aggregated = Optional.of(aggregates.get(i));
        }
      }
    }

    /** Moves the wrong partials of each of {@code operators} to the culprits. */
    private void verifyPartials(List<Work> jobs, SortedSet<Integer> operators) {
      for (int operator : operators) {
        List<Work> holders =
            jobs.stream().filter(work -> work.candidates.containsKey(operator)).toList();
        SortedSet<Integer> invalid =
            verify(holders.stream().map(work -> work.entry(operator)).toList());
        invalid.forEach(position -> holders.get(position).accuse(operator));
      }
    }

    private SortedSet<Integer> verify(List<SameMessageBatch.Entry> entries) {
      SameMessageBatch.Result result = SameMessageBatch.verify(message, entries, random);
      pairingChecks += result.pairingChecks();
      return result.invalid();
    }
  }

  /** A job under way. */
  private static final class Work {
    private final Job job;
    private final TreeMap<Integer, Signature> candidates = new TreeMap<>();
    private final TreeSet<Integer> culprits = new TreeSet<>();
    private Optional<Aggregated> aggregated = Optional.empty();

    Work(Job job) {
      this.job = job;
      job.partials()
          .forEach((index, encoded) ->
              Signature.decode(encoded)
                  .filter(partial -> !partial.isInfinity())
                  .ifPresentOrElse(
                      partial -> candidates.put(index, partial), () -> culprits.add(index)));
    }

    Aggregated recombine(int threshold) {
      SortedSet<Integer> chosen =
          Recombination.choose(candidates.navigableKeySet(), threshold).orElseThrow();
      TreeMap<Integer, Signature> partials = new TreeMap<>(candidates);
      partials.keySet().retainAll(chosen);
      return new Aggregated(Recombination.recombine(partials), chosen, culprits);
    }

    SameMessageBatch.Entry entry(int index) {
      return new SameMessageBatch.Entry(
          job.key().shares().get(index - 1), Objects.requireNonNull(candidates.get(index)));
    }

    void accuse(int index) {
      candidates.remove(index);
      culprits.add(index);
    }

    Outcome outcome() {
      return aggregated
          .<Outcome>map(found -> found)
          .orElseGet(() -> new Insufficient(culprits, candidates.size()));
    }
  }
}
