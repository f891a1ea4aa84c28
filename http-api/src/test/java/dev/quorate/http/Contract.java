/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.util.List;

/** Holds answers against an OpenAPI document. */
public record Contract(JsonNode document) {
  private static final String JSON = "application/json";

  /**
   * What is wrong with an answer to the one method of a route.
   *
   * @param template the path as the document names it
   */
  public List<String> violations(String template, int status, String contentType, String body)
      throws IOException {
    JsonNode responses = document.path("paths").path(template).elements().next().path("responses");
    JsonNode response =
        responses.has(Integer.toString(status))
            ? responses.path(Integer.toString(status))
            : responses.path("default");
    String reference = response.path("$ref").asText();
    JsonNode described = reference.isEmpty() ? response : document.at(reference.substring(1));
    String type = contentType.split(";", 2)[0];
    JsonNode schema = described.path("content").path(type).path("schema");
    if (!schema.isObject()) {
      return List.of("%s does not answer %d with %s".formatted(template, status, type));
    }
    return violations(
        schema,
        type.equals(JSON)
            ? new JsonMapper().readTree(body)
            : JsonNodeFactory.instance.textNode(body));
  }

  private List<String> violations(JsonNode schema, JsonNode body) {
    ObjectNode whole = JsonNodeFactory.instance.objectNode();
    whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    whole.putArray("allOf").add(schema);
    whole.set("components", document.path("components"));
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(whole)
        .validate(body)
        .stream()
        .map(ValidationMessage::getMessage)
        .toList();
  }
}
