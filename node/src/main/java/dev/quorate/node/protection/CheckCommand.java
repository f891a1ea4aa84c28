/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.protection;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.node.process.OwnDatabase;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code protection check}. */
@Command(
    name = "check",
    description =
        "Says whether the guard would let a validator's share sign an attestation or a block, and"
            + " why not. Nothing is signed and nothing is changed.",
    footer = {"", "Exit status: 0 if it would be granted, 3 if refused, 1 if nobody can tell."},
    sortOptions = false)
final class CheckCommand implements Callable<Integer> {
  /** A number of at most 18 digits, which no long overflows. */
  private static final String NUMBER = "([0-9]{1,18})";

  private static final int REFUSED = 3;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GuardOptions options = new GuardOptions();

  @Option(
      names = "--validator",
      paramLabel = "KEY",
      required = true,
      description = "The validator's public key, or this operator's share of it.")
  private String validator = "";

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  @Option(
      names = "--root",
      paramLabel = "ROOT",
      converter = RootConverter.class,
      description =
          "Its signing root: what was granted once is granted again. Default: one that never was.")
  private Optional<Bytes32> root = Optional.empty();

  /** One of them. */
  private static final class What {
    @Option(
        names = "--attestation",
        paramLabel = "SOURCE:TARGET",
        converter = AttestationConverter.class,
        description = "An attestation, by its source and target epoch.")
    private Optional<Asked> attestation = Optional.empty();

    @Option(
        names = "--block",
        paramLabel = "SLOT",
        converter = BlockConverter.class,
        description = "A block, by its slot.")
    private Optional<Asked> block = Optional.empty();

    Optional<Asked> asked() {
      return attestation.or(() -> block);
    }
  }

  private record Asked(WatermarkKind kind, long source, long target) {}

  static final class AttestationConverter implements ITypeConverter<Asked> {
    private static final Pattern FORM = Pattern.compile(NUMBER + ":" + NUMBER);

    @Override
    public Asked convert(String text) {
      Matcher matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        throw new TypeConversionException("SOURCE:TARGET is two epochs, such as 4:5");
      }
      return new Asked(
          WatermarkKind.ATTESTATION,
          Long.parseLong(matcher.group(1)),
          Long.parseLong(matcher.group(2)));
    }
  }

  static final class BlockConverter implements ITypeConverter<Asked> {
    @Override
    public Asked convert(String text) {
      if (!text.matches(NUMBER)) {
        throw new TypeConversionException("SLOT is a number");
      }
      return new Asked(WatermarkKind.BLOCK, 0, Long.parseLong(text));
    }
  }

  static final class RootConverter implements ITypeConverter<Bytes32> {
    @Override
    public Bytes32 convert(String text) {
      if (!text.matches("(0x)?[0-9a-fA-F]{64}")) {
        throw new TypeConversionException("ROOT is 32 bytes in hexadecimal digits");
      }
      return Bytes32.fromHex(text);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    Asked asked =
        what.asked()
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(), "either --attestation or --block is needed"));
    OwnDatabase owner = options.owner();
    Bytes key = owner.validator(validator, spec).group().compressed();
    try (OwnGuard own = OwnGuard.open(owner)) {
      Optional<String> objection =
          SigningRule.objection(
              asked.kind(),
              new Signable(root.orElse(SigningRule.NEVER_GRANTED), asked.source(), asked.target()),
              own.watermarks().getOrDefault(key, Watermarks.NONE),
              own.quarantine(),
              owner.clock().currentEpoch(),
              owner.clock().currentSlot());
      spec.commandLine().getOut().println(objection.map("refused: "::concat).orElse("granted"));
      spec.commandLine().getOut().flush();
      return objection.isEmpty() ? ExitCode.OK : REFUSED;
    }
  }
}
