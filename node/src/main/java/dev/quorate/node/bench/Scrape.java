/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The figures of a pod at one moment, from Prometheus' text format.
 *
 * @param samples by series: the metric's name, and its labels as they stand there
 */
record Scrape(Map<String, Double> samples) {
  private static final Pattern SAMPLE = Pattern.compile("([a-z_]+(?:\\{.*})?) ([^ ]+)");

  static Scrape of(String text) {
    Map<String, Double> samples = new TreeMap<>();
    for (Matcher line : text.lines().map(SAMPLE::matcher).filter(Matcher::matches).toList()) {
      samples.put(line.group(1), Double.valueOf(line.group(2)));
    }
    return new Scrape(samples);
  }

  /** All series of the metric together; 0 without any. */
  double sum(String metric) {
    return samples.entrySet().stream()
        .filter(sample -> isOf(sample.getKey(), metric))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /** The series of the metric by the value of one of its labels. */
  Map<String, Double> by(String metric, String label) {
    Pattern value = Pattern.compile("[{,]" + label + "=\"([^\"]*)\"");
    Map<String, Double> sums = new TreeMap<>();
    samples.forEach((series, sample) -> {
      Matcher found = value.matcher(series);
      if (isOf(series, metric) && found.find()) {
        sums.merge(found.group(1), sample, Double::sum);
      }
    });
    return sums;
  }

  private static boolean isOf(String series, String metric) {
    return series.equals(metric) || series.startsWith(metric + "{");
  }
}
