/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The specification's containers for messages: the SSZ of a message is that of its JSON, so that
 * each is written down once.
 */
final class Containers {
  private record Kind(Fork fork, Preset preset) {}

  /**
   * Built once, for all but chains with a preset of their own. No message but the aggregate has
   * another form before electra than since.
   */
  private static final Map<Kind, BeaconTypes> TYPES =
      Stream.of(Fork.DENEB, Fork.ELECTRA)
          .flatMap(fork ->
              Stream.of(Preset.MAINNET, Preset.MINIMAL).map(preset -> new Kind(fork, preset)))
          .collect(
              Collectors.toUnmodifiableMap(
                  Function.identity(), kind -> new BeaconTypes(kind.fork, kind.preset)));

  private Containers() {}

  /**
   * @param fork deneb or electra, for those before and since
   */
  static boolean admits(String container, Fork fork, Preset preset, JsonNode json) {
    return SszJson.read(type(container, fork, preset), json).isPresent();
  }

  /**
   * @param fork deneb or electra, for those before and since
   */
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
    return Optional.ofNullable(TYPES.get(new Kind(fork, preset)))
        .orElseGet(() -> new BeaconTypes(fork, preset))
        .container(container);
  }
}
