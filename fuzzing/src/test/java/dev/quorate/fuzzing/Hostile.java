/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.fuzzing;

import dev.quorate.consensus.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What is known to break decoders: ours once, and others. */
final class Hostile {
  /**
   * An input that once broke a decoder.
   *
   * @param what happened
   */
  record Row(Decoder decoder, String what, Bytes input) {}

  private static final int DEEP = 20_000;

  private Hostile() {}

  static List<Row> found() {
    return List.of(
        row(
            Decoder.CLUSTER_FILE,
            "UTF-32 beyond Unicode passed for impossible",
            "fffe00007b000000ffffffff"),
        row(
            Decoder.POD_MESSAGE,
            "an actor's incarnation that is no number was thrown on",
            "020a0100121370656b6b6f3a2f2f706f64732f757365722372"),
        text(
            Decoder.BEACON_ERROR,
            "an index of 2^32 was taken for 0",
            "{\"failures\":[{\"index\":4294967296,\"message\":\"bad\"}]}"),
        text(Decoder.BEACON_URL, "a port that Pekko throws at", "http://host:99999"),
        text(Decoder.BEACON_URL, "a zone that Pekko throws at", "http://[::1%25eth0]/"),
        text(Decoder.BEACON_URL, "a letter that Pekko throws at", "http://host/\u00e9"),
        text(
            Decoder.OPERATOR_CONF,
            "an included name that is no path was thrown on",
            "include \"a\\u0000b\""),
        text(Decoder.OPERATOR_CONF, "brackets overflowed the stack", "a=" + "[".repeat(DEEP)),
        text(
            Decoder.OPERATOR_CONF,
            "a text that is doubled forty times ate the heap",
            "a0=x\n"
                + IntStream.range(0, 40)
                    .mapToObj(i -> "a%d=${a%d}${a%d}\n".formatted(i + 1, i, i))
                    .collect(Collectors.joining())
                + "quorate.pod.name=${a40}"));
  }

  private static Row text(Decoder decoder, String what, String input) {
    return new Row(decoder, what, Bytes.wrap(utf8(input)));
  }

  private static Row row(Decoder decoder, String what, String hex) {
    return new Row(decoder, what, Bytes.fromHex(hex));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] prefixed(byte first, byte[] rest) {
    byte[] input = new byte[rest.length + 1];
    input[0] = first;
    System.arraycopy(rest, 0, input, 1, rest.length);
    return input;
  }

  /** Bombs of every text format. */
  static Stream<String> texts() {
    return Stream.of(
        "",
        " ",
        "null",
        "{}",
        "[]",
        "\"\"",
        "0",
        "[".repeat(DEEP),
        "{".repeat(DEEP),
        "{\"a\":".repeat(DEEP),
        "a{".repeat(DEEP),
        "a.".repeat(DEEP) + "a=1",
        "a=" + "[".repeat(DEEP),
        "a=" + "(".repeat(DEEP),
        "\"".repeat(DEEP + 1),
        "\\".repeat(DEEP),
        "0".repeat(DEEP),
        "{\"a\":" + "9".repeat(DEEP) + "}",
        "{\"version\":1e999999999,\"data\":1e999999999}",
        "{\"version\":1" + "0".repeat(900) + ",\"version\":1}",
        "{\"version\":-1E-999999999}",
        "{\"data\":" + "[{}],".repeat(10) + "}",
        "{"
            + IntStream.range(0, 3_000)
                .mapToObj(i -> "\"k" + i + "\":0")
                .reduce((a, b) -> a + "," + b)
                .orElseThrow()
            + "}",
        "{\"" + "k".repeat(DEEP) + "\":0}",
        "{\"a\\u000ab\":0}",
        "quorate.\"a\\nb\"=1",
        "quorate { \"" + "k".repeat(DEEP) + "\" = 1 }",
        "a0="
            + "x".repeat(32)
            + "\n"
            + IntStream.range(0, 40)
                .mapToObj(i -> "a%d=${a%d}${a%d}\n".formatted(i + 1, i, i))
                .reduce("", String::concat)
            + "quorate.pod.name=${a40}",
        "quorate.pod.name=x\n"
            + "quorate.pod.name=${quorate.pod.name}${quorate.pod.name}\n".repeat(40),
        "quorate.beacon-nodes.urls=[x]\n"
            + "quorate.beacon-nodes.urls=${quorate.beacon-nodes.urls}${quorate.beacon-nodes.urls}\n"
                .repeat(40),
        "quorate.pod.name=${quorate.pod.name}",
        "quorate=${quorate}",
        "a=${b}\nb=${a}\nquorate.pod.name=${a}",
        "quorate.pod.name=" + "${?PATH}".repeat(2_000),
        "include \"input\"",
        "include \"\"",
        "include \"a\\u0000b\"",
        "include \"../input\"",
        "include file(\"/dev/zero\")",
        "include url(\"http://127.0.0.1:1/secret\")",
        "include required(\"" + "x".repeat(DEEP) + "\")",
        "quorate=1",
        "quorate.peers=[1]",
        "quorate.peers.flush-millis=null",
        "quorate.peers.flush-millis=1e999999999",
        "quorate.peers.flush-millis=" + "9".repeat(DEEP),
        "quorate.files.keys=\"a\\u0000b\"",
        "quorate.beacon-nodes.urls=[\"http://host:99999\"]",
        "http://host:99999",
        "http://[::1%25eth0]/",
        "http://host/\u00e9",
        "http://host/%zz",
        "http://us%0Aer@host",
        "/v1/duties?after=%zz",
        "/v1/duties?" + "after=1&".repeat(DEEP),
        "/v1/validators/" + "9".repeat(DEEP),
        "\ufdfa".repeat(300));
  }

  static Stream<byte[]> bytes() {
    return Stream.of(
        new byte[] {0},
        new byte[] {-1, -1, -1, -1},
        // Byte order marks, and UTF-32 in four orders.
        HexFormat.of().parseHex("efbbbf7b7d"),
        HexFormat.of().parseHex("fffe7b007d00"),
        HexFormat.of().parseHex("0000feff0000007b0000007d"),
        HexFormat.of().parseHex("fffe00007b000000ffffffff"),
        HexFormat.of().parseHex("0000fffe7b0000007d000000"),
        HexFormat.of().parseHex("feff00007b0000007d000000"),
        HexFormat.of().parseHex("0000007b00"),
        HexFormat.of().parseHex("7b000000ffffff7f"),
        HexFormat.of().parseHex("7b22c328223a307d"),
        // Groups without end, lengths that lie, unknown fields in a flood.
        repeated("0b", DEEP),
        repeated("1b1b", DEEP),
        HexFormat.of().parseHex("0affffffff07"),
        HexFormat.of().parseHex("0affffffffffffffffff01"),
        HexFormat.of().parseHex("0a80808080808080808080"),
        repeated("f87f01", DEEP),
        repeated("0a00", DEEP),
        repeated("1a00", DEEP),
        repeated("2200", DEEP),
        repeated("08ffffffffffffffffff01", 4_000));
  }

  private static byte[] repeated(String hex, int times) {
    return HexFormat.of().parseHex(hex.repeat(times));
  }

  /** A valid input, cut off, doubled, and with each of its first bytes changed. */
  static Stream<byte[]> damaged(byte[] input) {
    Stream<byte[]> cut =
        IntStream.range(0, Math.min(64, input.length))
            .mapToObj(i -> Arrays.copyOf(input, input.length - 1 - i * (input.length / 64)));
    Stream<byte[]> changed =
        IntStream.range(0, Math.min(128, input.length))
            .boxed()
            .flatMap(at ->
                IntStream.of(0, 0x20, 0x7f, 0x80, 0xff)
                    .mapToObj(value -> {
                      byte[] mutant = input.clone();
                      mutant[at] = (byte) value;
                      return mutant;
                    }));
    byte[] doubled = Arrays.copyOf(input, 2 * input.length);
    System.arraycopy(input, 0, doubled, input.length, input.length);
    return Stream.of(cut, changed, Stream.of(doubled)).flatMap(mutants -> mutants);
  }
}
