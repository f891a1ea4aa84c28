/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Small clusters to test with, and what a refusal looks like. */
final class Clusters {
  private Clusters() {}

  static List<Address> addresses(int operators) {
    return IntStream.range(0, operators).mapToObj(i -> new Address("127.0.0.1", 9000 + i)).toList();
  }

  static ClusterPlan plan(int operators) {
    return new ClusterPlan(
        "test", ClusterPlan.thresholdDefault(operators), Optional.empty(), addresses(operators));
  }

  /** The one line that an operator sees. */
  static String refusal(ConfigurationFault fault, ThrowingCallable attempt) {
    InvalidConfiguration refused = catchThrowableOfType(InvalidConfiguration.class, attempt);
    assertThat(refused).isNotNull();
    assertThat(refused.fault()).isEqualTo(fault);
    assertThat(refused).hasMessageEndingWith(fault.remedy());
    assertThat(refused.getMessage()).doesNotContain("\n");
    return refused.getMessage();
  }
}
