/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of text in aligned columns: numbers to the right, everything else to the left. */
public final class Table {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9][0-9,.]*( (ms|%))?");
  private static final String BETWEEN = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  public Table(String... headings) {
    rows.add(List.of(headings));
  }

  public Table row(Object... cells) {
    rows.add(List.of(cells).stream().map(String::valueOf).toList());
    return this;
  }

  /** A line for the headings and one for each row. */
  @Override
  public String toString() {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size())
            .mapToObj(
                column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toList();
    return rows.stream()
        .map(row ->
            IntStream.range(0, row.size())
                .mapToObj(column -> pad(row.get(column), widths.get(column)))
                .collect(Collectors.joining(BETWEEN))
                .stripTrailing())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String pad(String cell, int width) {
    String space = " ".repeat(width - cell.length());
    return NUMBER.matcher(cell).matches() ? space + cell : cell + space;
  }
}
