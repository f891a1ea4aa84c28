/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.node.CommandRun;
import dev.quorate.persistence.history.HistoryFile;
import dev.quorate.persistence.history.Journals;
import dev.quorate.persistence.history.SigningHistory;
import dev.quorate.persistence.history.SigningHistory.Subject;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.identity.IdentityKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that an operator signed, whatever is in them. */
class VerifyHistoryCommandTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path temporary = Path.of("");
  private final IdentityKey operator = IdentityKey.generate(RANDOM);
  private final SecretKey validator = SecretKey.generate(RANDOM);
  private final SecretKey share = SecretKey.generate(RANDOM);

  private Subject subject() {
    return new Subject(
        new OperatorIdentity(operator.publicKey().encoded().toBytes(), Bytes32.ZERO, Bytes32.ZERO),
        validator.publicKey().compressed(),
        share.publicKey().compressed());
  }

  /** A duty that went well. */
  private List<DutyEvent> attested(long source, long target, String head) {
    DutyEvent.Intended intended = Journals.intended(source, target, head);
    HashedMessage message = HashedMessage.of(intended.signable().root());
    return List.of(
        intended,
        Journals.shared(target, share.sign(message).uncompressed()),
        Journals.completed(target, Optional.empty(), validator.sign(message).compressed()));
  }

  private List<DutyEvent> attestedUpTo(long last) {
    List<DutyEvent> events = new ArrayList<>();
    for (long target = 1; target <= last; target++) {
      events.addAll(attested(target - 1, target, "head"));
    }
    return events;
  }

  private static List<DutyEvent> with(List<DutyEvent> events, List<DutyEvent> more) {
    return Stream.concat(events.stream(), more.stream()).toList();
  }

  private Path written(String name, List<DutyEvent> events) throws IOException {
    return written(name, Journals.history(subject(), events));
  }

  private Path written(String name, SigningHistory history) throws IOException {
    return Files.write(
        temporary.resolve(name),
        HistoryFile.write(history, hash -> operator.sign(HistoryFile.DOMAIN_TAG, hash.toArray())));
  }

  private static CommandRun verify(Path... files) {
    return CommandRun.of(
        Stream.concat(
                Stream.of("protection", "verify-history"), Stream.of(files).map(Path::toString))
            .toArray(String[]::new));
  }

  private static void assertRefuted(CommandRun run, String... words) {
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).hasSize(1);
    assertThat(run.out()).contains(words);
  }

  private static void assertNobodyCanTell(CommandRun run, String... words) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(words);
  }

  @Test
  void saysWhoseHistoryItIsIfAllOfItHolds() throws IOException {
    CommandRun run = verify(written("history", attestedUpTo(3)));

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    assertThat(run.out())
        .contains("events 1 to 9 of validator 0x" + validator.publicKey().compressed().hex())
        .contains("by operator " + operator.publicKey());
  }

  @Test
  void namesEventDutyAndWhatContradictsWhat() throws IOException {
    assertRefuted(
        verify(written("double", with(attestedUpTo(3), List.of(Journals.intended(2, 3, "other"))))),
        "double: event 10, attester/96/0: contradicts event 7, attester/96/0: it has the target");
    assertRefuted(
        verify(written("surrounds", with(attestedUpTo(3), attested(0, 5, "head")))),
        "surrounds: event 10, attester/160/0: contradicts event");
  }

  @Test
  void aSignatureOfAnythingElseThanWhatWasAuthorisedIsFound() throws IOException {
    HashedMessage other = HashedMessage.of(Journals.intended(2, 3, "other").signable().root());
    List<DutyEvent> events = List.of(Journals.intended(2, 3, "head"));
    assertRefuted(
        verify(
            written(
                "share",
                with(events, List.of(Journals.shared(3, share.sign(other).uncompressed()))))),
        "event 2, attester/96/0: a share whose signature is not of what event 1 intended");
    assertRefuted(
        verify(
            written(
                "completion",
                with(
                    events,
                    List.of(
                        Journals.completed(
                            3, Optional.empty(), validator.sign(other).compressed()))))),
        "event 2, attester/96/0: a completion whose signature is not of what event 1 intended");
    assertRefuted(
        verify(
            written("none", with(events, List.of(Journals.shared(3, Bytes.wrap(new byte[192])))))),
        "a share whose signature is not");
  }

  @Test
  void aHistoryThatAnotherSignedIsFound() throws IOException {
    SigningHistory history = Journals.history(subject(), attestedUpTo(1));
    try (IdentityKey other = IdentityKey.generate(RANDOM)) {
      Path file = temporary.resolve("forged");
      Files.write(
          file,
          HistoryFile.write(history, hash -> other.sign(HistoryFile.DOMAIN_TAG, hash.toArray())));
      assertRefuted(verify(file), "the signature is not its operator's");
      Files.write(
          file,
          HistoryFile.write(history, hash -> operator.sign("quorate/other/1", hash.toArray())));
      assertRefuted(verify(file), "the signature is not its operator's");
    }
  }

  @Test
  void aChangedByteOrAnEndThatIsCutOffFailsVerification() throws IOException {
    byte[] content = Files.readAllBytes(written("whole", attestedUpTo(1)));
    Path file = temporary.resolve("changed");
    // Every one is tried where no command is between.
    for (int at = 0; at < content.length; at += 61) {
      byte[] changed = content.clone();
      changed[at] ^= (byte) (1 << (at % 8));
      assertThat(verify(Files.write(file, changed)).exitCode()).as("byte %d", at).isIn(1, 3);
      assertThat(verify(Files.write(file, Arrays.copyOf(content, at))).exitCode())
          .as("%d bytes", at)
          .isIn(1, 3);
    }
    assertThat(verify(Files.write(file, content)).exitCode()).isZero();
  }

  @Test
  void saysThatAFileIsNoHistoryOrCannotBeRead() throws IOException {
    Path file = temporary.resolve("file");
    assertNobodyCanTell(verify(file), "cannot be read", "check the path");
    Files.writeString(file, "{\"metadata\":{}}");
    assertNobodyCanTell(verify(file), "it is no signing history");
    String text = Files.readString(written("other", attestedUpTo(1)), StandardCharsets.US_ASCII);
    Files.writeString(file, text.replace("\"version\":1", "\"version\":2"));
    assertNobodyCanTell(verify(file), "of another version");
    Files.writeString(file, text.replace("{\"head\":", "{\"head\": "));
    assertRefuted(verify(file), "it was changed or cut off: line 5 is no head");
    assertThat(verify().exitCode()).isEqualTo(2);
    assertThat(verify(file, file, file).exitCode()).isEqualTo(2);
  }

  // ---- two files

  @Test
  void aLaterFileGoesOnFromTheEarlierOneOrPartsFromIt() throws IOException {
    Path earlier = written("earlier", attestedUpTo(3));
    SigningHistory whole = Journals.history(subject(), attestedUpTo(6));

    assertThat(verify(earlier, written("whole", whole)).exitCode()).isZero();
    assertThat(verify(earlier, written("rest", Journals.behind(whole, 9))).exitCode()).isZero();
    assertRefuted(
        verify(earlier, written("fork", with(attestedUpTo(2), attested(3, 4, "head")))),
        "fork: event 7: from here on the files tell different histories");
    assertRefuted(
        verify(earlier, written("back", attestedUpTo(2))),
        "back: event 6: here the later file ends");
  }

  @Test
  void saysHowOftenToExportWhereEventsAreMissingBetweenTwoFiles() throws IOException {
    Path earlier = written("earlier", attestedUpTo(3));
    SigningHistory whole = Journals.history(subject(), attestedUpTo(6));

    assertNobodyCanTell(
        verify(earlier, written("gap", Journals.behind(whole, 12))),
        "events 10 to 12 are in neither",
        "once a week");
  }

  @Test
  void refusesTwoFilesOfDifferentValidators() throws IOException {
    Path one = written("one", attestedUpTo(1));
    Subject subject = subject();
    Path other =
        written(
            "other",
            Journals.history(
                new Subject(subject.operator(), subject.share(), subject.share()), List.of()));

    assertNobodyCanTell(verify(one, other), "of different validators");
  }

  @Test
  void saysWhatItFoundWhateverComesOfTheOtherFile() throws IOException {
    byte[] content = Files.readAllBytes(written("one", attestedUpTo(1)));
    Path forged = temporary.resolve("forged");
    Files.writeString(
        forged,
        new String(content, StandardCharsets.US_ASCII)
            .replace(subject().share().hex(), subject().validator().hex()));

    CommandRun beforeWhatIsNotThere = verify(forged, temporary.resolve("nowhere"));
    assertThat(beforeWhatIsNotThere.exitCode()).isEqualTo(1);
    assertThat(beforeWhatIsNotThere.out()).contains("the signature is not its operator's");

    CommandRun later = verify(temporary.resolve("one"), forged);
    assertThat(later.exitCode()).isEqualTo(3);
    assertThat(later.out()).contains("the signature is not its operator's");
  }
}
