/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import dev.quorate.persistence.history.SigningHistory.Subject;
import dev.quorate.persistence.store.OperatorIdentity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@link SigningHistory} as a file: JSON, a line each for the header, every event, the head, and
 * the operator's signature over all lines before it (docs/operations.md has the fields). A history
 * has one file in a version, and reading accepts no other: no space, key, digit or order but as
 * written.
 *
 * @param signed SHA-256 of all lines before the signature
 * @param signature the operator's, over {@code signed} under {@link #DOMAIN_TAG}, 64 bytes; not
 *     verified yet
 */
public record HistoryFile(SigningHistory history, Bytes32 signed, Bytes signature) {
  public static final String DOMAIN_TAG = "quorate/signing-history/1";

  public static final int BYTES_MAX = 64 << 20;

  private static final String BEGIN = "{\"format\":\"quorate-signing-history\",\"version\":";
  private static final String VERSION = "1,";

  /** A number of at most 18 digits, which no long overflows. */
  private static final String NUMBER = "(0|[1-9][0-9]{0,17})";

  private static final String ROOT = hex(32, 32);
  private static final String KEY = hex(48, 48);
  private static final String POINT = "\\{\"sequence\":" + NUMBER + ",\"hash\":" + ROOT + "\\}";

  private static final Pattern HEADER_LINE =
      Pattern.compile(
          Pattern.quote(BEGIN + VERSION + "\"cluster\":")
              + ROOT
              + ",\"operator\":"
              + ROOT
              + ",\"genesisValidatorsRoot\":"
              + ROOT
              + ",\"validator\":"
              + KEY
              + ",\"share\":"
              + KEY
              + ",\"snapshot\":(?:null|\\{\"sequence\":"
              + NUMBER
              + ",\"bytes\":"
              + hex(1, EventCodec.SNAPSHOT_BYTES_MAX)
              + "\\}),\"anchor\":"
              + POINT
              + "\\}");

  private static final Pattern EVENT_LINE =
      Pattern.compile(
          "\\{\"sequence\":" + NUMBER + ",\"event\":" + hex(1, EventCodec.EVENT_BYTES_MAX) + "\\}");

  private static final Pattern HEAD_LINE = Pattern.compile("\\{\"head\":" + POINT + "\\}");

  private static final Pattern SIGNATURE_LINE =
      Pattern.compile("\\{\"signature\":" + hex(64, 64) + "\\}");

  /** Lines beside the events, and what is behind the last line. */
  private static final int OTHER_LINES = 4;

  /** The answer of {@link #read}. */
  public sealed interface Reading {
    record Understood(HistoryFile file) implements Reading {}

    /**
     * No file of this format and version.
     *
     * @param why what it is instead, and what to do
     */
    record Foreign(String why) implements Reading {}

    /**
     * A file that was changed or cut off.
     *
     * @param why where and what is wrong
     */
    record Damaged(String why) implements Reading {}
  }

  /**
   * @param sign makes the operator's signature over the hash under {@link #DOMAIN_TAG}
   */
  public static byte[] write(SigningHistory history, Function<Bytes32, Bytes> sign) {
    Subject subject = history.subject();
    StringBuilder text =
        new StringBuilder(BEGIN + VERSION)
            .append("\"cluster\":")
            .append(json(subject.operator().clusterHash().toBytes()))
            .append(",\"operator\":")
            .append(json(subject.operator().operatorKey()))
            .append(",\"genesisValidatorsRoot\":")
            .append(json(subject.operator().genesisRoot().toBytes()))
            .append(",\"validator\":")
            .append(json(subject.validator()))
            .append(",\"share\":")
            .append(json(subject.share()))
            .append(",\"snapshot\":")
            .append(history.snapshot().map(row -> json(row, "bytes")).orElse("null"))
            .append(",\"anchor\":")
            .append(json(history.anchor()))
            .append("}\n");
    for (Row row : history.rows()) {
      text.append(json(row, "event")).append('\n');
    }
    text.append("{\"head\":").append(json(history.head())).append("}\n");
    Bytes signature = sign.apply(Bytes32.sha256(bytes(text)));
    return bytes(text.append("{\"signature\":").append(json(signature)).append("}\n"));
  }

  public static Reading read(byte[] content) {
    if (content.length > BYTES_MAX) {
      return new Reading.Foreign("it is no signing history: more than " + BYTES_MAX + " bytes");
    }
    // Every byte is a character: none is lost.
    String text = new String(content, StandardCharsets.ISO_8859_1);
    if (!text.startsWith(BEGIN)) {
      return new Reading.Foreign("it is no signing history: name what export-history wrote");
    }
    if (!text.startsWith(VERSION, BEGIN.length())) {
      return new Reading.Foreign(
          "it is a signing history of another version: use the version of Quorate that wrote it,"
              + " or a newer one");
    }
    List<String> lines =
        Arrays.asList(text.split("\n", SigningHistory.EVENTS_MAX + OTHER_LINES + 1));
    int events = lines.size() - OTHER_LINES;
    if (events < 0 || events > SigningHistory.EVENTS_MAX || !lines.getLast().isEmpty()) {
      return new Reading.Damaged(
          "it is cut off, or has more than %d events".formatted(SigningHistory.EVENTS_MAX));
    }
    Matcher header = HEADER_LINE.matcher(lines.getFirst());
    Matcher head = HEAD_LINE.matcher(lines.get(events + 1));
    Matcher signature = SIGNATURE_LINE.matcher(lines.get(events + 2));
    if (!header.matches()) {
      return damaged(0, "header");
    }
    if (!head.matches()) {
      return damaged(events + 1, "head");
    }
    if (!signature.matches()) {
      return damaged(events + 2, "signature");
    }
    List<Row> rows = new ArrayList<>(events);
    for (int line = 1; line <= events; line++) {
      Matcher row = EVENT_LINE.matcher(lines.get(line));
      if (!row.matches() || isCutInHalf(row.group(2))) {
        return damaged(line, "event");
      }
      rows.add(row(row, 1));
    }
    Optional<String> snapshot = Optional.ofNullable(header.group(7));
    if (snapshot.filter(HistoryFile::isCutInHalf).isPresent()) {
      return damaged(0, "header");
    }
    SigningHistory history =
        new SigningHistory(
            new Subject(
                new OperatorIdentity(octets(header, 2), root(header, 1), root(header, 3)),
                octets(header, 4),
                octets(header, 5)),
            snapshot.map(_ -> row(header, 6)),
            point(header, 8),
            rows,
            point(head, 1));
    int signed = content.length - lines.get(events + 2).length() - 1;
    return new Reading.Understood(
        new HistoryFile(
            history, Bytes32.sha256(Arrays.copyOf(content, signed)), octets(signature, 1)));
  }

  /** Half a byte is all that a pattern lets pass. */
  private static boolean isCutInHalf(String digits) {
    return digits.length() % 2 != 0;
  }

  private static Reading damaged(int line, String what) {
    return new Reading.Damaged("line %d is no %s".formatted(line + 1, what));
  }

  private static String hex(int bytesMin, int bytesMax) {
    return "\"0x([0-9a-f]{" + 2 * bytesMin + "," + 2 * bytesMax + "})\"";
  }

  private static String json(Row row, String bytes) {
    return "{\"sequence\":" + row.sequence() + ",\"" + bytes + "\":" + json(row.encoded()) + "}";
  }

  private static String json(Point point) {
    return "{\"sequence\":" + point.sequence() + ",\"hash\":" + json(point.hash().toBytes()) + "}";
  }

  private static String json(Bytes bytes) {
    return "\"0x" + bytes.hex() + "\"";
  }

  private static byte[] bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Row row(Matcher line, int group) {
    return new Row(Long.parseLong(line.group(group)), octets(line, group + 1));
  }

  private static Point point(Matcher line, int group) {
    return new Point(Long.parseLong(line.group(group)), root(line, group + 1));
  }

  private static Bytes32 root(Matcher line, int group) {
    return Bytes32.fromHex(line.group(group));
  }

  private static Bytes octets(Matcher line, int group) {
    return Bytes.fromHex(line.group(group));
  }
}
