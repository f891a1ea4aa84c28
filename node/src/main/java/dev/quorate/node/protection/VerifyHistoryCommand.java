/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.node.process.CommandFailedException;
import dev.quorate.persistence.history.HistoryCheck;
import dev.quorate.persistence.history.HistoryCheck.Checked;
import dev.quorate.persistence.history.HistoryFile;
import dev.quorate.persistence.history.SigningHistory;
import dev.quorate.signing.OwnerOnlyFile;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.identity.IdentityPublicKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code protection verify-history}. */
@Command(
    name = "verify-history",
    description = {
      "Checks what an operator's export-history wrote, with nothing but the file: that the operator"
          + " signed it, that its chain of hashes is unbroken, that no two messages that were"
          + " authorised contradict each other (EIP-3076), and that every signature is of what was"
          + " authorised.",
      "With a later file of the same validator also that the one goes on from the other. Whether the"
          + " keys that it prints are the operator's and its share of the validator, the cluster"
          + " file says."
    },
    footer = {
      "",
      "Exit status: 0 if all of it holds, 3 if something does not, which is printed, a line each;"
          + " 1 if nobody can tell."
    },
    sortOptions = false)
final class VerifyHistoryCommand implements Callable<Integer> {
  private static final int REFUTED = 3;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "What export-history wrote.")
  private Path file = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "LATER-FILE",
      description = "What it wrote later, of the same validator and operator.")
  private Optional<Path> laterFile = Optional.empty();

  private int wrong;

  @Override
  public Integer call() {
    Optional<Checked> first = checked(file);
    Optional<Checked> second = laterFile.flatMap(this::checked);
    if (wrong == 0 && first.isPresent() && second.isPresent()) {
      requireSameSubject(first.get(), second.get());
      HistoryCheck.differences(first.get(), second.get())
          .forEach(finding -> found(laterFile.orElseThrow() + ": " + finding));
    }
    if (wrong > 0) {
      return REFUTED;
    }
    first.ifPresent(checked -> say(summary(checked.history(), file)));
    second.ifPresent(checked -> say(summary(checked.history(), laterFile.orElseThrow())));
    if (first.isPresent() && second.isPresent()) {
      requireNothingMissing(first.get(), second.get());
    }
    return ExitCode.OK;
  }

  /** At once: whatever comes of the other file. */
  private void found(String finding) {
    wrong++;
    say(finding);
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private static void requireNothingMissing(Checked first, Checked second) {
    OptionalLong missing = HistoryCheck.missing(first, second);
    if (missing.isPresent()) {
      throw new CommandFailedException(
          "whether the later file goes on from the earlier one cannot be shown: events %d to %d are in"
                  .formatted(first.history().head().sequence() + 1, missing.getAsLong())
              + " neither; export before the journal has deleted what was exported last"
              + " (quorate.database.events-kept), once a week unless that was lowered");
    }
  }

  private void requireSameSubject(Checked first, Checked second) {
    if (!first.history().subject().equals(second.history().subject())) {
      throw new CommandFailedException(
          "the files are of different validators, operators, clusters or chains: name two of one");
    }
  }

  /**
   * Empty if the file cannot be understood; what is wrong is said.
   *
   * @throws CommandFailedException if it cannot be read, or is none of these files
   */
  private Optional<Checked> checked(Path file) {
    switch (HistoryFile.read(content(file))) {
      case HistoryFile.Reading.Foreign(String why) ->
          throw new CommandFailedException(file + ": " + why);
      case HistoryFile.Reading.Damaged(String why) -> {
        found(file + ": it was changed or cut off: " + why);
        return Optional.empty();
      }
      case HistoryFile.Reading.Understood(HistoryFile understood) -> {
        Checked checked =
            HistoryCheck.check(understood.history(), VerifyHistoryCommand::isSignature);
        if (!isSigned(understood)) {
          found(file + ": it was changed: the signature is not its operator's");
        }
        checked.findings().forEach(finding -> found(file + ": " + finding));
        return Optional.of(checked);
      }
    }
  }

  private static byte[] content(Path file) {
    try {
      return OwnerOnlyFile.read(file, HistoryFile.BYTES_MAX);
    } catch (IOException failure) {
      throw new CommandFailedException(
          file + " cannot be read: " + failure + "; check the path and who may read it");
    }
  }

  private static boolean isSigned(HistoryFile file) {
    Bytes operator = file.history().subject().operator().operatorKey();
    return IdentityPublicKey.decode(Bytes32.of(operator.toArray()))
        .filter(
            key -> key.verify(file.signature(), HistoryFile.DOMAIN_TAG, file.signed().toArray()))
        .isPresent();
  }

  private static boolean isSignature(Bytes key, Bytes32 root, Bytes signature) {
    return PublicKey.decode(key)
        .flatMap(of ->
            Signature.decode(signature)
                .filter(made -> Bls.verify(of, HashedMessage.of(root), made)))
        .isPresent();
  }

  private static String summary(SigningHistory history, Path file) {
    SigningHistory.Subject subject = history.subject();
    String events =
        history.rows().isEmpty()
            ? "no events"
            : "events %d to %d"
                .formatted(history.anchor().sequence() + 1, history.head().sequence());
    return "%s: %s of validator %s, by operator %s (share %s) of cluster %s: unbroken, no contradiction"
        .formatted(
            file,
            events,
            ApiJson.hex(subject.validator()),
            ApiJson.hex(subject.operator().operatorKey()),
            ApiJson.hex(subject.share()),
            subject.operator().clusterHash());
  }
}
