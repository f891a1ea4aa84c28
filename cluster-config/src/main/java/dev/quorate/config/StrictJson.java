/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A place in a JSON file that knows its own path, so that every refusal says where. Nothing is
 * coerced, no key is skipped.
 *
 * @param where the path from the top, which itself is empty
 */
record StrictJson(JsonNode node, String where) {
  private static final int DEPTH_MAX = 8;
  private static final int TEXT_MAX = 1024;

  static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(TEXT_MAX)
                          .maxNumberLength(20)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Reads a file of at most {@code bytesMax} bytes. */
  static StrictJson read(Path file, int bytesMax) {
    byte[] content = readBounded(file, bytesMax);
    try {
      return new StrictJson(MAPPER.readTree(content), "");
    } catch (CharConversionException notText) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED, file.toString(), "not JSON: it is no text");
    } catch (JsonProcessingException notJson) {
      // A file beyond the constraints, such as one nested too deeply, is refused without a
      // location.
      String line =
          Optional.ofNullable(notJson.getLocation())
              .map(location -> " in line " + location.getLineNr())
              .orElse("");
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          file.toString(),
          "not JSON" + line + ": " + notJson.getOriginalMessage());
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Reads a file of at most {@code bytesMax} bytes, never more of it than that. */
  static byte[] readBounded(Path file, int bytesMax) {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] content = input.readNBytes(bytesMax + 1);
      if (content.length > bytesMax) {
        throw new InvalidConfiguration(
            ConfigurationFault.TOO_LARGE, file.toString(), "more than " + bytesMax + " bytes");
      }
      return content;
    } catch (IOException failure) {
      throw InvalidConfiguration.unreadable(file, failure);
    }
  }

  /** This object, known to have no other keys than these. */
  StrictJson withKeys(Set<String> allowed) {
    if (!node.isObject()) {
      throw malformed("an object is needed");
    }
    node.fieldNames()
        .forEachRemaining(key -> {
          if (!allowed.contains(key)) {
            throw new InvalidConfiguration(
                ConfigurationFault.UNKNOWN_KEY, where, "unknown key \"" + key + "\"");
          }
        });
    return this;
  }

  StrictJson at(String key) {
    return find(key).orElseThrow(() -> malformed("the key \"" + key + "\" is missing"));
  }

  Optional<StrictJson> find(String key) {
    return Optional.ofNullable(node.get(key))
        .map(n -> new StrictJson(n, where.isEmpty() ? key : where + "." + key));
  }

  List<StrictJson> elements() {
    if (!node.isArray()) {
      throw malformed("a list is needed");
    }
    return IntStream.range(0, node.size())
        .mapToObj(i -> new StrictJson(node.get(i), where + "[" + i + "]"))
        .toList();
  }

  String text() {
    if (!node.isTextual()) {
      throw malformed("a text is needed");
    }
    return node.textValue();
  }

  int number() {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw malformed("a whole number is needed");
    }
    return node.intValue();
  }

  /** Exactly {@code size} bytes, as hexadecimal digits after {@code 0x}. */
  Bytes bytes(int size) {
    String text = text();
    if (text.startsWith("0x") && text.length() == 2 + 2 * size) {
      try {
        return Bytes.fromHex(text);
      } catch (IllegalArgumentException notHexadecimal) {
        // Refused below like every other wrong text.
      }
    }
    throw malformed(size + " bytes are needed, as 0x and " + 2 * size + " hexadecimal digits");
  }

  Bytes32 bytes32() {
    return Bytes32.of(bytes(32).toArray());
  }

  /** {@code 0x} and all digits. */
  static String hex(Bytes bytes) {
    return "0x" + bytes.hex();
  }

  /** Indented, for people who compare files. */
  static byte[] write(JsonNode json) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  InvalidConfiguration malformed(String what) {
    return new InvalidConfiguration(ConfigurationFault.MALFORMED, where, what);
  }
}
