/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quorate.ethereum.ApiJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * SSZ values in the Beacon API's JSON: numbers as decimal strings, bytes and bits as {@code 0x}
 * hexadecimal of their SSZ, containers as objects with exactly the type's fields. A field that the
 * type lacks is refused: a value that was meant to be of another fork must not get a root of this
 * one.
 */
public final class SszJson {
  private SszJson() {}

  /**
   * @throws IllegalArgumentException if {@code value} is not of {@code type}
   */
  public static JsonNode write(SszType type, SszValue value) {
    Ssz.requireAdmitted(type, value);
    return json(type, value);
  }

  /** Empty unless {@code json} is a value of {@code type}. */
  public static Optional<SszValue> read(SszType type, JsonNode json) {
    return switch (type) {
      case SszType.Uint uint -> ApiJson.unsigned(json, uint.bits()).map(SszValue.Unsigned::new);
      case SszType.Bool _ ->
          json.isBoolean() ? Optional.of(new SszValue.Flag(json.booleanValue())) : Optional.empty();
      case SszType.ByteVector vector -> octets(type, json, vector.length());
      case SszType.ByteList list -> octets(type, json, list.limit());
      case SszType.Bitvector vector -> octets(type, json, vector.length() / 8 + 1);
      case SszType.Bitlist list -> octets(type, json, list.limit() / 8 + 1);
      case SszType.Vector vector ->
          json.isArray() && json.size() == vector.length()
              ? items(Collections.nCopies(json.size(), vector.element()), json.values())
              : Optional.empty();
      case SszType.ListOf list ->
          json.isArray() && json.size() <= list.limit()
              ? items(Collections.nCopies(json.size(), list.element()), json.values())
              : Optional.empty();
      case SszType.Container(var fields) ->
          json.isObject() && json.size() == fields.size()
              ? items(
                  fields.stream().map(SszType.Field::type).toList(),
                  fields.stream().map(field -> json.path(field.name())).iterator())
              : Optional.empty();
    };
  }

  private static JsonNode json(SszType type, SszValue value) {
    return switch (type) {
      case SszType.Uint _ -> TextNode.valueOf(Ssz.number(value).toString());
      case SszType.Bool _ -> BooleanNode.valueOf(((SszValue.Flag) value).value());
      case SszType.ByteVector _, SszType.ByteList _, SszType.Bitvector _, SszType.Bitlist _ ->
          TextNode.valueOf(ApiJson.hex(Ssz.octets(value)));
      case SszType.Vector vector -> array(vector.element(), Ssz.items(value));
      case SszType.ListOf list -> array(list.element(), Ssz.items(value));
      case SszType.Container(var fields) -> object(fields, Ssz.items(value));
    };
  }

  private static ObjectNode object(List<SszType.Field> fields, List<SszValue> values) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < fields.size(); i++) {
      object.set(fields.get(i).name(), json(fields.get(i).type(), values.get(i)));
    }
    return object;
  }

  private static ArrayNode array(SszType element, List<SszValue> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode(values.size());
    values.forEach(value -> array.add(json(element, value)));
    return array;
  }

  private static Optional<SszValue> octets(SszType type, JsonNode json, long sizeMax) {
    return ApiJson.bytesUpTo(json, (int) Math.min(sizeMax, Integer.MAX_VALUE))
        .<SszValue>map(SszValue.Octets::new)
        .filter(type::admits);
  }

  private static Optional<SszValue> items(List<SszType> types, Iterator<JsonNode> nodes) {
    List<SszValue> values = new ArrayList<>(types.size());
    for (SszType type : types) {
      Optional<SszValue> value = read(type, nodes.next());
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values.add(value.get());
    }
    return Optional.of(new SszValue.Items(values));
  }
}
