/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.http.secured.Gate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.util.ByteString;

/**
 * What a client asks or hands in.
 *
 * @param parameter the last one of the path; empty where there is none
 * @param query its parameters, decoded
 * @param isSsz whether the body is
 * @param version {@code Eth-Consensus-Version}; empty where there is none
 */
record ClientRequest(
    ClientRoute route,
    String parameter,
    Map<String, String> query,
    ByteString body,
    boolean isSsz,
    String version) {
  /** More than a client has keys, and than fit into a body in JSON. */
  static final int ITEMS_MAX = 32_768;

  private static final JsonMapper JSON =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(Gate.JSON_BOUNDS).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** What cannot be read. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;
  }

  OptionalLong number(String name) {
    return ApiJson.number(TextNode.valueOf(query.getOrDefault(name, "")));
  }

  OptionalLong pathNumber() {
    return ApiJson.number(TextNode.valueOf(parameter));
  }

  Optional<Bytes32> root(String name) {
    return ApiJson.root(TextNode.valueOf(query.getOrDefault(name, "")));
  }

  Optional<Bytes> bytes(String name, int size) {
    return ApiJson.bytes(TextNode.valueOf(query.getOrDefault(name, "")), size);
  }

  /** The fork that the header names; empty if it names none that is known. */
  Optional<Fork> fork() {
    return Arrays.stream(Fork.values())
        .filter(fork -> fork.consensusVersion().equals(version))
        .findFirst();
  }

  JsonNode json() throws MalformedException {
    try {
      return JSON.readTree(body.asInputStream());
    } catch (IOException malformed) {
      throw new MalformedException();
    }
  }

  /** Elements of a list; empty where one is not of the type. SSZ is wholly of it, or not at all. */
  List<Optional<SszValue>> items(SszType element) throws MalformedException {
    if (isSsz) {
      SszValue list =
          Ssz.decode(new SszType.ListOf(element, ITEMS_MAX), body.toArrayUnsafe())
              .orElseThrow(MalformedException::new);
      return Ssz.items(list).stream().map(Optional::of).toList();
    }
    JsonNode array = json();
    if (!array.isArray() || array.size() > ITEMS_MAX) {
      throw new MalformedException();
    }
    List<Optional<SszValue>> items = new ArrayList<>(array.size());
    array.forEach(item -> items.add(SszJson.read(element, item)));
    return items;
  }

  SszValue one(SszType type) throws MalformedException {
    return (isSsz ? Ssz.decode(type, body.toArrayUnsafe()) : SszJson.read(type, json()))
        .orElseThrow(MalformedException::new);
  }
}
