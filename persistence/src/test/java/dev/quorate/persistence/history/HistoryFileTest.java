/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import dev.quorate.persistence.history.SigningHistory.Subject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryFileTest {
  private static final Subject SUBJECT =
      new Subject(
          TestDatabase.IDENTITY, Bytes.fromHex("33".repeat(48)), Bytes.fromHex("44".repeat(48)));

  /** The SHA-256 of its first two lines, twice. */
  private static final String SIGNATURE_OF_EMPTY =
      "47a79ff8500d3f953007707c41b63bb41aaec9d0506572a3db0f289489e9251d".repeat(2);

  private static final SigningHistory EMPTY = Journals.history(SUBJECT, Point.NONE, List.of());

  private static final SigningHistory SMALL = small();

  /** Three events behind an anchor, and a snapshot. */
  private static SigningHistory small() {
    SigningHistory history =
        Journals.behind(Journals.history(SUBJECT, Journals.attestedFrom(1, 2)), 3);
    return new SigningHistory(
        SUBJECT,
        Optional.of(
            new Row(
                3,
                EventCodec.encode(
                    new EntitySnapshot(history.anchor().hash(), Journals.attestedFrom(1, 1))))),
        history.anchor(),
        history.rows(),
        history.head());
  }

  /** In place of a signature. */
  private static Bytes sign(Bytes32 hash) {
    return Bytes.fromHex(hash.hex() + hash.hex());
  }

  private static byte[] written(SigningHistory history) {
    return HistoryFile.write(history, HistoryFileTest::sign);
  }

  private static boolean isBelieved(byte[] content) {
    return HistoryFile.read(content) instanceof HistoryFile.Reading.Understood(HistoryFile file)
        && file.signature().equals(sign(file.signed()))
        && HistoryCheck.check(file.history(), (_, _, _) -> true).findings().isEmpty();
  }

  private static String why(byte[] content) {
    return switch (HistoryFile.read(content)) {
      case HistoryFile.Reading.Understood _ -> "understood";
      case HistoryFile.Reading.Foreign(String why) -> "foreign: " + why;
      case HistoryFile.Reading.Damaged(String why) -> "damaged: " + why;
    };
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void readsWhatItWrote() {
    for (SigningHistory history : List.of(EMPTY, SMALL)) {
      byte[] content = written(history);
      assertThat(HistoryFile.read(content))
          .isInstanceOfSatisfying(
              HistoryFile.Reading.Understood.class,
              understood -> assertThat(understood.file().history()).isEqualTo(history));
      assertThat(isBelieved(content)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"en", "ar-EG-u-nu-arab"})
  void theFormatOfVersion1Stays(String locale) {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try {
      String zero = "0x" + "00".repeat(32);
      assertThat(new String(written(EMPTY), StandardCharsets.US_ASCII).lines())
          .containsExactly(
              "{\"format\":\"quorate-signing-history\",\"version\":1,\"cluster\":\"0x"
                  + "11".repeat(32)
                  + "\",\"operator\":\""
                  + zero
                  + "\",\"genesisValidatorsRoot\":\"0x"
                  + "22".repeat(32)
                  + "\",\"validator\":\"0x"
                  + "33".repeat(48)
                  + "\",\"share\":\"0x"
                  + "44".repeat(48)
                  + "\",\"snapshot\":null,\"anchor\":{\"sequence\":0,\"hash\":\""
                  + zero
                  + "\"}}",
              "{\"head\":{\"sequence\":0,\"hash\":\"" + zero + "\"}}",
              "{\"signature\":\"0x" + SIGNATURE_OF_EMPTY + "\"}");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void isJsonWhoseEventsHaveTheHashOfTheOneBeforeInBytes4To36() {
    List<String> lines = new String(written(SMALL), StandardCharsets.US_ASCII).lines().toList();
    assertThat(lines).hasSize(6);
    Bytes32 last = SMALL.anchor().hash();
    for (String line : lines.subList(1, 4)) {
      String hex = line.substring(line.lastIndexOf("0x") + 2, line.length() - 2);
      assertThat(hex.substring(8, 72)).isEqualTo(last.hex());
      last = Bytes32.sha256(Bytes.fromHex(hex).toArray());
    }
    assertThat(lines.get(4)).contains(last.hex());
  }

  // ---- whoever changes it

  @Test
  void aChangedBitOfAnyByteIsNoticed() {
    byte[] content = written(SMALL);
    for (int at = 0; at < content.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = content.clone();
        changed[at] ^= (byte) (1 << bit);
        assertThat(isBelieved(changed)).as("bit %d of byte %d", bit, at).isFalse();
      }
    }
  }

  @Test
  void aFileThatIsCutOffAnywhereIsNoticed() {
    byte[] content = written(SMALL);
    for (int length = 0; length < content.length; length++) {
      assertThat(isBelieved(Arrays.copyOf(content, length))).as("%d bytes", length).isFalse();
    }
  }

  @Test
  void aByteThatIsAddedOrTakenAnywhereIsNoticed() {
    byte[] content = written(SMALL);
    for (int at = 0; at <= content.length; at++) {
      for (byte added : new byte[] {' ', '\n', '\r', '0'}) {
        byte[] longer = Arrays.copyOf(content, content.length + 1);
        System.arraycopy(content, at, longer, at + 1, content.length - at);
        longer[at] = added;
        assertThat(isBelieved(longer)).as("%d at %d", added, at).isFalse();
      }
      if (at < content.length) {
        byte[] shorter = Arrays.copyOf(content, content.length - 1);
        System.arraycopy(content, at + 1, shorter, at, content.length - at - 1);
        assertThat(isBelieved(shorter)).as("without %d", at).isFalse();
      }
    }
  }

  // ---- bounds, and other files

  @Test
  void saysWhereAFileWasChanged() {
    String text = new String(written(SMALL), StandardCharsets.US_ASCII);
    assertThat(why(ascii(text.replace("\"cluster\":\"0x", "\"cluster\":\"0X"))))
        .isEqualTo("damaged: line 1 is no header");
    assertThat(why(ascii(text.replace("\"snapshot\":{\"sequence\":3,\"bytes\":\"0x", "$00"))))
        .isEqualTo("damaged: line 1 is no header");
    assertThat(why(ascii(text.replace("{\"sequence\":5,", "{\"sequence\":05,"))))
        .isEqualTo("damaged: line 3 is no event");
    assertThat(why(ascii(text.replace("{\"sequence\":5,\"event\":\"0x", "$00"))))
        .isEqualTo("damaged: line 3 is no event");
    assertThat(
            why(
                ascii(
                    text.replace(
                        "{\"sequence\":5,\"event\":\"0x", "{\"sequence\":5,\"event\":\"0x0"))))
        .isEqualTo("damaged: line 3 is no event");
    assertThat(why(ascii(text.replace("\"bytes\":\"0x", "\"bytes\":\"0x0"))))
        .isEqualTo("damaged: line 1 is no header");
    assertThat(why(ascii(text.replace("{\"head\":", "{\"tail\":"))))
        .isEqualTo("damaged: line 5 is no head");
    assertThat(why(ascii(text.replace("{\"signature\":", "{\"signed\":"))))
        .isEqualTo("damaged: line 6 is no signature");
    assertThat(why(ascii(text.replace("{\"sequence\":5,", "{\"sequence\":9999999999999999999,"))))
        .isEqualTo("damaged: line 3 is no event");
    assertThat(why(ascii(text.strip()))).startsWith("damaged: it is cut off");
  }

  @Test
  void knowsOtherFilesAndOtherVersions() {
    String text = new String(written(SMALL), StandardCharsets.US_ASCII);
    assertThat(why(ascii(text.replace("\"version\":1,", "\"version\":2,"))))
        .startsWith("foreign: it is a signing history of another version");
    assertThat(why(ascii("{}"))).startsWith("foreign: it is no signing history");
    assertThat(why(new byte[0])).startsWith("foreign: it is no signing history");
    assertThat(why(new byte[HistoryFile.BYTES_MAX + 1])).startsWith("foreign:").contains("more");
  }

  @Test
  void takesNoMoreEventsAndNoLongerOnesThanThereMayBe() {
    Row row = new Row(1, Bytes.fromHex("00"));
    assertThat(why(written(of(Collections.nCopies(SigningHistory.EVENTS_MAX, row)))))
        .isEqualTo("understood");
    assertThat(why(written(of(Collections.nCopies(SigningHistory.EVENTS_MAX + 1, row)))))
        .startsWith("damaged:")
        .contains("more than 50000 events");
    Row longest = new Row(1, Bytes.wrap(new byte[EventCodec.EVENT_BYTES_MAX]));
    assertThat(why(written(of(List.of(longest))))).isEqualTo("understood");
    Row longer = new Row(1, Bytes.wrap(new byte[EventCodec.EVENT_BYTES_MAX + 1]));
    assertThat(why(written(of(List.of(longer))))).isEqualTo("damaged: line 2 is no event");
  }

  private static SigningHistory of(List<Row> rows) {
    return Journals.history(SUBJECT, Point.NONE, rows);
  }
}
