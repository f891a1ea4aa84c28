/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.node.bench.DurableOperator.Step;
import dev.quorate.node.process.Latency;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SafetyFiguresTest {
  @Test
  void aDutyTakesAsLongAsItsSteps() {
    DurabilityCost.Timings timings = new DurabilityCost.Timings();
    timings.add(Map.of(Step.FENCE, 10L, Step.GUARD, 3L));
    timings.add(Map.of(Step.FENCE, 1L, Step.GUARD, 4L));
    timings.add(Map.of(Step.FENCE, 5L, Step.GUARD, 30L));

    assertThat(timings.of(Step.FENCE)).isEqualTo(new Latency(5, 10, 10));
    assertThat(timings.duty()).isEqualTo(new Latency(13, 35, 35));
  }

  @Test
  void aYearIsMadeOfDaysLikeTheLast() {
    Measured size =
        new DatabaseSize(
                10,
                List.of(
                    new TreeMap<>(Map.of("kept", 1_000L, "grows", 0L, "still", 8_192L)),
                    new TreeMap<>(Map.of("kept", 51_000L, "grows", 20_000L, "still", 8_192L)),
                    new TreeMap<>(Map.of("kept", 51_000L, "grows", 50_000L, "still", 8_192L))))
            .measured();

    JsonNode added = size.json().path("bytesPerValidatorAddedOnDay");
    assertThat(added.path("kept")).hasToString("[5000,0]");
    assertThat(added.path("grows")).hasToString("[2000,3000]");
    assertThat(added.path("all")).hasToString("[7000,3000]");
    assertThat(added.has("still")).isFalse();
    // 3,000 bytes of 1,000 validators on 365 days.
    assertThat(size.text().lines()).contains("grows   2000   3000        1.1");
  }

  @Test
  void killsAreToldByMedianAndMaximum() {
    Measured takeover =
        Takeover.measured(
            List.of(
                new Takeover(
                    2,
                    List.of(
                        new Takeover.Kill(8, 9_000, 9_500),
                        new Takeover.Kill(7, 5_000, 12_000),
                        new Takeover.Kill(8, 6_000, 7_000)))));

    JsonNode row = takeover.json().get(0);
    assertThat(row.path("firstMillis")).hasToString("{\"median\":6000,\"max\":9000}");
    assertThat(row.path("allMillis")).hasToString("{\"median\":9500,\"max\":12000}");
    assertThat(takeover.text()).contains("6.0").contains("12.0");
  }

  @Test
  void theRowsOfADutyAreIntentShareAndCompletion() {
    assertThat(List.of(DutyRows.event(4, 6), DutyRows.event(4, 7), DutyRows.event(4, 8)))
        .satisfiesExactly(
            intent -> assertThat(intent).isInstanceOf(DutyEvent.Intended.class),
            share -> assertThat(share).isInstanceOf(DutyEvent.Shared.class),
            completion -> assertThat(completion).isInstanceOf(DutyEvent.Completed.class))
        .allSatisfy(event -> assertThat(event.duty()).isEqualTo(new DutyRows(4, 3).duty()));
  }
}
