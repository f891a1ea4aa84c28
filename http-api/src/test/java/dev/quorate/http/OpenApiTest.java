/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.http.view.NodeView;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The document says what the routes answer, no more and no less. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
  private static final Map<Route, List<String>> REQUESTS =
      Map.ofEntries(
          entry(Route.NODE, List.of("/v1/node", "/v1/node?x=1")),
          entry(Route.PEERS, List.of("/v1/peers", "/v1/peers?x=1")),
          entry(
              Route.VALIDATORS,
              List.of("/v1/validators", "/v1/validators?page=7", "/v1/validators?size=0")),
          entry(Route.VALIDATOR, List.of("/v1/validators/0", "/v1/validators/9999")),
          entry(
              Route.PROTECTION_CHECK,
              List.of(
                  "/v1/protection/check?validator=0&slot=1",
                  "/v1/protection/check?validator=0&source=2&target=4",
                  "/v1/protection/check?validator=0")),
          entry(Route.DUTIES, List.of("/v1/duties", "/v1/duties?after=0", "/v1/duties?after=x")),
          entry(
              Route.EXPLANATION,
              List.of(
                  "/v1/duties/explain?validator=0&slot=" + FakePod.SLOT,
                  "/v1/duties/explain?validator=0&slot=" + (FakePod.SLOT + 64) + "&type=attester",
                  "/v1/duties/explain?validator=0&slot=1",
                  "/v1/duties/explain?validator=0")),
          entry(
              Route.EXITS,
              List.of(
                  "/v1/exits?validator=0&slot=0&signature=" + "ab".repeat(64),
                  "/v1/exits?validator=9999&slot=0&signature=" + "ab".repeat(64),
                  "/v1/exits?validator=0&slot=0&signature=" + "cd".repeat(64),
                  "/v1/exits")),
          entry(Route.PODS, List.of("/v1/pods", "/v1/pods?x=1")),
          entry(Route.LIVEZ, List.of("/livez", "/livez?x=1")),
          entry(Route.READYZ, List.of("/readyz", "/readyz?x=1")),
          entry(Route.METRICS, List.of("/metrics", "/metrics?x=1")),
          entry(Route.OPENAPI, List.of("/openapi.json", "/openapi.json?x=1")));

  private final Served served;
  private JsonNode document = JsonNodeFactory.instance.objectNode();

  OpenApiTest() throws IOException {
    served = new Served(3);
  }

  @BeforeAll
  void read() throws Exception {
    document = served.get("/openapi.json").json();
    served.pod.end(DutyId.attester(7, 0), FakePod.broadcast(1));
    served.pod.end(DutyId.attester(7, 1), FakePod.missed(Reason.NO_QUORUM));
  }

  @AfterAll
  void stop() {
    served.close();
  }

  @Test
  void namesEveryRouteAndNoOther() {
    assertThat(names(document.path("paths")))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Route.values()).map(Route::template).toList());
    assertThat(REQUESTS.keySet()).isEqualTo(EnumSet.allOf(Route.class));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesTheParametersOfTheRoute(Route route) {
    Set<String> parameters =
        elements(document.path("paths").path(route.template()).elements().next().path("parameters"))
            .filter(parameter -> parameter.path("in").asText().equals("query"))
            .map(parameter -> parameter.path("name").asText())
            .collect(Collectors.toSet());

    assertThat(parameters).isEqualTo(route.parameters());
  }

  @Test
  void namesEveryTypeOfDuty() {
    assertThat(
            elements(document.at("/paths/~1v1~1duties~1explain/get/parameters"))
                .filter(parameter -> parameter.path("name").asText().equals("type"))
                .flatMap(parameter -> texts(parameter.at("/schema/enum")).stream()))
        .containsExactlyInAnyOrder(Explainer.types().split(", ", -1));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void describesWhatTheRouteAnswers(Route route) throws Exception {
    assertHolds(route);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void describesWhatTheRouteAnswersWhenMuchIsWrong(Route route) throws Exception {
    try (Served ill = new Served(2)) {
      ill.pod.reachable = Set.of();
      ill.pod.up = Set.of();
      ill.pod.beaconNodes = List.of(new NodeView.BeaconNode("http://one", "SYNCING", 9));
      ill.pod.database = CompletableFuture.completedStage(false);
      ill.pod.journal = CompletableFuture.failedStage(new IllegalStateException());
      ill.pod.excerpts = _ -> CompletableFuture.failedStage(new IllegalStateException());
      ill.pod.pods = CompletableFuture.failedStage(new IllegalStateException());
      for (String request : REQUESTS.getOrDefault(route, List.of())) {
        assertHolds(route, ill.get(request));
      }
    }
  }

  private void assertHolds(Route route) throws Exception {
    for (String request : REQUESTS.getOrDefault(route, List.of())) {
      assertHolds(route, served.get(request));
    }
    assertHolds(route, served.ask("POST", REQUESTS.getOrDefault(route, List.of()).getFirst()));
  }

  private void assertHolds(Route route, Served.Reply reply) throws IOException {
    assertThat(
            new Contract(document)
                .violations(route.template(), reply.status(), reply.contentType(), reply.body()))
        .as("%s %s: %s", route, reply.status(), reply.body())
        .isEmpty();
  }

  @Test
  void listsEveryReasonOfARefusalAndOfAnImpairment() {
    assertThat(
            texts(document.at("/components/schemas/Error/properties/error/properties/reason/enum")))
        .isEqualTo(constants(Answer.Refusal.values()));
    assertThat(texts(document.at("/components/schemas/Impairment/properties/reason/enum")))
        .isEqualTo(constants(Impairment.values()));
  }

  @Test
  void noSchemaIsUnused() throws IOException {
    String text = new JsonMapper().writeValueAsString(document);

    assertThat(names(document.path("components").path("schemas")))
        .allSatisfy(name -> assertThat(text).contains("\"#/components/schemas/" + name + "\""));
  }

  private static Set<String> constants(Enum<?>[] constants) {
    return Arrays.stream(constants).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> texts(JsonNode array) {
    return elements(array).map(JsonNode::asText).collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
