/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.check;

import dev.quorate.consensus.duty.CoValidator;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.SignedVote;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How much an operator remembers, found by walking through everything that it holds on to. */
public final class Footprint {
  /** Messages of a peer that are kept for duties which are not assigned yet. */
  private static final int EARLY_PER_PEER_MAX = 24;

  /** Four kinds of vote, eight rounds each, and room for what is said of them. */
  private static final int VOTES_PER_PEER_MAX = 4 * 8 + 8;

  private static final int DUTIES_MAX = 4;

  private static final ClassValue<List<Field>> FIELDS =
      new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
          return Arrays.stream(type.getDeclaredFields())
              .filter(field ->
                  !Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive())
              .peek(field -> field.setAccessible(true))
              .toList();
        }
      };

  private Footprint() {}

  /** Throws {@link Broken} if an operator of so many holds more than it ever should. */
  public static void check(CoValidator.State state, int operators) {
    for (List<DutyMessage> kept : state.early().values()) {
      if (kept.size() > EARLY_PER_PEER_MAX) {
        throw new Broken(
            Invariant.BOUNDED_MEMORY, kept.size() + " messages of a peer for duties to come");
      }
    }
    // Each vote may bring as many as its justification needs.
    long max = (long) DUTIES_MAX * operators * VOTES_PER_PEER_MAX * (2L * operators + 1);
    long votes = votes(state.open());
    if (votes > max) {
      throw new Broken(Invariant.BOUNDED_MEMORY, votes + " votes in hand, at most " + max);
    }
  }

  /** Different votes that can be reached from an object. */
  private static long votes(Object root) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>();
    open.add(root);
    long votes = 0;
    while (!open.isEmpty()) {
      Object next = open.remove();
      if (!seen.add(next)) {
        continue;
      }
      switch (next) {
        case SignedVote _ -> votes++;
        case Map<?, ?> map -> {
          open.addAll(map.keySet());
          open.addAll(map.values());
        }
        case Collection<?> many -> open.addAll(many);
        case Optional<?> maybe -> maybe.ifPresent(open::add);
        case Record some -> addFields(some, open);
        default -> {}
      }
    }
    return votes;
  }

  private static void addFields(Record some, Deque<Object> open) {
    for (Field field : FIELDS.get(some.getClass())) {
      try {
        Object value = field.get(some);
        if (value != null) {
          open.add(value);
        }
      } catch (IllegalAccessException closed) {
        throw new IllegalStateException(closed);
      }
    }
  }
}
