/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The specification's containers for messages: the SSZ of a message is that of its JSON, so that
 * each is written down once.
 */
final class Containers {
  /** Those of a fork and preset, which are built once. */
  private record Kind(Fork fork, Preset preset) {}

  private static final Map<Kind, BeaconTypes> TYPES = new ConcurrentHashMap<>();

  private Containers() {}

  static boolean admits(String container, Fork fork, Preset preset, JsonNode json) {
    return SszJson.read(type(container, fork, preset), json).isPresent();
  }

  static Bytes32 root(String container, Fork fork, Preset preset, JsonNode json) {
    SszType type = type(container, fork, preset);
    return Ssz.hashTreeRoot(type, SszJson.read(type, json).orElseThrow());
  }

  static Bytes encode(String container, Fork fork, Preset preset, JsonNode json) {
    SszType type = type(container, fork, preset);
    return Ssz.encode(type, SszJson.read(type, json).orElseThrow());
  }

  /** Empty unless the bytes are such a container. */
  static Optional<JsonNode> decode(String container, Fork fork, Preset preset, Bytes encoded) {
    SszType type = type(container, fork, preset);
    return Ssz.decode(type, encoded).map(value -> SszJson.write(type, value));
  }

  static void requireSignature(Bytes signature) {
    if (signature.size() != 96) {
      throw new IllegalArgumentException("a signature of " + signature.size() + " bytes");
    }
  }

  private static SszType type(String container, Fork fork, Preset preset) {
    return TYPES
        .computeIfAbsent(new Kind(fork, preset), kind -> new BeaconTypes(kind.fork, kind.preset))
        .container(container);
  }
}
