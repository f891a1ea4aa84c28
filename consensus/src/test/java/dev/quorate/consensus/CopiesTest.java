/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CopiesTest {
  @Test
  void leaveTheOriginalAsItIs() {
    List<String> list = List.of("b", "a");
    assertThat(Copies.with(list, "b")).containsExactly("b", "a", "b");
    assertThat(list).containsExactly("b", "a");

    SortedSet<String> set = new TreeSet<>(List.of("b"));
    assertThat(Copies.with(set, "a")).containsExactly("a", "b");
    assertThat(Copies.with(set, "b")).isEqualTo(set);
    assertThat(set).containsExactly("b");

    SortedMap<String, Integer> map = new TreeMap<>(Map.of("b", 1));
    assertThat(Copies.with(map, "a", 2)).containsExactly(Map.entry("a", 2), Map.entry("b", 1));
    assertThat(Copies.with(map, "b", 2)).containsExactly(Map.entry("b", 2));
    assertThat(Copies.without(map, "b")).isEmpty();
    assertThat(map).containsExactly(Map.entry("b", 1));
  }

  @Test
  void areNotMadeWhereNothingIsTakenAway() {
    SortedMap<String, Integer> map = new TreeMap<>(Map.of("b", 1));
    assertThat(Copies.without(map, "a")).isSameAs(map);
  }
}
