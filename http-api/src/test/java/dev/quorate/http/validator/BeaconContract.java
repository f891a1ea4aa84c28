/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Holds answers against an API's own document, where it is beside the checkout. */
public final class BeaconContract {
  private BeaconContract() {}

  /**
   * What is wrong with an answer.
   *
   * @param version of the document: {@code beacon-APIs}, {@code beacon-APIs-v2.5.0} or {@code
   *     keymanager-APIs}
   * @param file of the route, below {@code apis}
   */
  public static List<String> violations(
      String version, String file, String method, int status, JsonNode body) {
    Path route = api(version).resolve("apis").resolve(file);
    return violations(
        route, "/" + method + "/responses/" + status + "/content/application~1json/schema", body);
  }

  /** What is wrong with an error. */
  static List<String> violationsOfError(String schema, JsonNode body) {
    return violations(
        api("beacon-APIs").resolve("beacon-node-oapi.yaml"), "/components/schemas/" + schema, body);
  }

  /** What is wrong with an error of the keymanager API. */
  public static List<String> violationsOfKeymanagerError(JsonNode body) {
    return violations(
        api("keymanager-APIs").resolve("keymanager-oapi.yaml"),
        "/components/schemas/ErrorResponse",
        body);
  }

  private static List<String> violations(Path file, String pointer, JsonNode body) {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(SchemaLocation.of(file.toUri() + "#" + pointer))
        .validate(body)
        .stream()
        .map(ValidationMessage::getMessage)
        .toList();
  }

  private static Path api(String version) {
    Path api =
        Path.of(System.getProperty("quorate.shared", "../../shared"), "openapi", version)
            .toAbsolutePath();
    if (!Files.exists(api)) {
      String message = "SKIPPED: no contract at " + api;
      System.err.println(message);
      Assumptions.abort(message);
    }
    return api;
  }
}
