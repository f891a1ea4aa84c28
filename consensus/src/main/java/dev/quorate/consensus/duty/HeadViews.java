/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.quorum.Quorum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the other operators said of the head: which one to propose, and which ones to vote for
 * beside those of the own beacon nodes. Nobody is slashed for a message over a wrong head, so the
 * word of f+1 operators is enough: one of them is honest, and its own beacon node has that head.
 * Used by the fetcher.
 *
 * @param heard in the order in which they came
 */
public record HeadViews(Quorum quorum, List<Heard> heard) {
  /** Of one operator, the latest slots': the one before is still open when the next begins. */
  public static final int SLOTS_KEPT_PER_OPERATOR = 2;

  /** How often an operator is listened to in a slot: each change is told to every validator. */
  public static final int CHANGES_PER_SLOT_MAX = 8;

  /**
   * What one operator said.
   *
   * @param times how often it has changed its mind in this slot, from 1
   */
  public record Heard(int operator, HeadView view, int times) {
    public Heard(int operator, HeadView view) {
      this(operator, view, 1);
    }

    private boolean isOfSameSlot(Heard other) {
      return operator == other.operator() && view.slot() == other.view().slot();
    }
  }

  public HeadViews {
    heard = List.copyOf(heard);
  }

  public static HeadViews none(Quorum quorum) {
    return new HeadViews(quorum, List.of());
  }

  /** What an operator says of a slot takes the place of what it said of it before. */
  public HeadViews with(Heard said) {
    Optional<Heard> before = heard.stream().filter(said::isOfSameSlot).findFirst();
    int times = before.map(one -> one.times() + 1).orElse(1);
    if (times > CHANGES_PER_SLOT_MAX || before.map(Heard::view).equals(Optional.of(said.view()))) {
      return this;
    }
    List<Heard> others = new ArrayList<>(heard);
    others.removeIf(said::isOfSameSlot);
    others.add(new Heard(said.operator(), said.view(), times));
    others.stream()
        .filter(one -> one.operator() == said.operator())
        .sorted(Comparator.comparingLong((Heard one) -> one.view().slot()).reversed())
        .skip(SLOTS_KEPT_PER_OPERATOR)
        .toList()
        .forEach(others::remove);
    return new HeadViews(quorum, others);
  }

  /**
   * The heads that may be voted for in a slot, the one that most operators hold first: those of the
   * own nodes, and those that f+1 other operators hold. Of two that equally many hold the own is
   * first, then the one that was said later.
   *
   * @param own the heads of the own nodes, best first; the first is this operator's view
   */
  public List<Bytes32> known(long slot, List<Bytes32> own) {
    List<Bytes32> said =
        heard.stream()
            .map(Heard::view)
            .filter(view -> view.slot() == slot)
            .map(HeadView::root)
            .toList();
    Set<Bytes32> known = new LinkedHashSet<>(own);
    said.reversed().stream()
        .filter(root -> holders(said, root) >= quorum.honest())
        .forEach(known::add);
    return known.stream()
        .sorted(
            Comparator.comparingLong((Bytes32 root) ->
                    holders(said, root) + holders(own.stream().limit(1).toList(), root))
                .reversed())
        .toList();
  }

  private static long holders(List<Bytes32> views, Bytes32 root) {
    return views.stream().filter(root::equals).count();
  }
}
