/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Changed copies of collections. States share what a step leaves alone, so no collection of a state
 * is ever changed in place; a step copies the few that it changes.
 */
public final class Copies {
  private Copies() {}

  public static <T> List<T> with(List<T> list, T added) {
    List<T> copy = new ArrayList<>(list.size() + 1);
    copy.addAll(list);
    copy.add(added);
    return List.copyOf(copy);
  }

  public static <T> SortedSet<T> with(SortedSet<T> set, T added) {
    SortedSet<T> copy = new TreeSet<>(set);
    copy.add(added);
    return copy;
  }

  public static <K, V> SortedMap<K, V> with(SortedMap<K, V> map, K key, V value) {
    SortedMap<K, V> copy = new TreeMap<>(map);
    copy.put(key, value);
    return copy;
  }

  /** The map itself if it does not hold the key. */
  public static <K, V> SortedMap<K, V> without(SortedMap<K, V> map, K key) {
    if (!map.containsKey(key)) {
      return map;
    }
    SortedMap<K, V> copy = new TreeMap<>(map);
    copy.remove(key);
    return copy;
  }
}
