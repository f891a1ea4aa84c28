/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import dev.quorate.actors.sign.SignerAnswers;
import dev.quorate.beacon.client.BeaconException;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.NodeAnswers;
import dev.quorate.beacon.simulator.Submissions;
import dev.quorate.config.Address;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.MnemonicFile;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Protection;
import dev.quorate.config.SecretFile;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.SignedProposal;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.slashing.Interchange;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.http.Json;
import dev.quorate.http.Requests;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.JournalSerializer;
import dev.quorate.persistence.history.HistoryCheck;
import dev.quorate.persistence.history.HistoryFile;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.derivation.Mnemonic;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import dev.quorate.signing.keystore.KeystoreReader;
import dev.quorate.signing.keystore.KeystoreResult;
import dev.quorate.signing.keystore.Password;
import dev.quorate.signing.keystore.Stores;
import dev.quorate.wire.Decoded;
import dev.quorate.wire.Hello;
import dev.quorate.wire.Probe;
import dev.quorate.wire.Votes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Every way by which bytes of a peer, a beacon node, a signer, a caller or a file get in. Any bytes
 * are taken or refused, as the decoder documents it, in bounded time and memory; what is taken is
 * encoded and taken again as the same.
 */
enum Decoder {
  // From a peer.
  FRAME(Seeds::frames) {
    @Override
    boolean takes(byte[] input) {
      Decoded decoded = Seeds.frameDecoder().decode(0, input);
      if (!decoded.messages().isEmpty()) {
        assertThat(crossed(decoded.messages()))
            .containsExactlyInAnyOrderElementsOf(decoded.messages());
      }
      return decoded.refusals().isEmpty();
    }
  },
  VOTE(Seeds::votes) {
    @Override
    boolean takes(byte[] input) {
      var vote = Votes.decode(Bytes.of(input));
      vote.ifPresent(v -> assertThat(Votes.decode(Votes.encode(v))).contains(v));
      return vote.isPresent();
    }
  },
  HELLO(Seeds::hellos) {
    @Override
    boolean takes(byte[] input) {
      return switch (Hello.decode(Seeds.CLUSTER, input)) {
        case Hello.Received.Accepted accepted -> {
          assertThat(Hello.decode(Seeds.CLUSTER, accepted.hello().encode().toArray()))
              .isEqualTo(accepted);
          yield true;
        }
        case Hello.Received.Refused _ -> false;
      };
    }
  },
  ECHO(Seeds::echoes) {
    @Override
    boolean takes(byte[] input) {
      var echo = Probe.Echo.decode(input);
      echo.ifPresent(e -> assertThat(Probe.Echo.decode(e.encode().toArray())).contains(e));
      return echo.isPresent();
    }
  },
  CERTIFICATE(Seeds::certificates) {
    @Override
    boolean takes(byte[] input) {
      try {
        X509Certificate certificate =
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(input));
        return IdentityPublicKey.ofCertificate(certificate).isPresent();
      } catch (CertificateException refused) {
        return false;
      }
    }
  },
  PARTIAL_SIGNATURE(Seeds::signatures) {
    @Override
    boolean takes(byte[] input) {
      var signature = Signature.decode(Bytes.of(input));
      signature.ifPresent(s -> {
        assertThat(Signature.decode(s.compressed())).contains(s);
        assertThat(Signature.decode(s.uncompressed())).contains(s);
        assertThat(input.length == Signature.COMPRESSED_BYTES ? s.compressed() : s.uncompressed())
            .isEqualTo(Bytes.of(input));
        s.isInGroup();
      });
      return signature.isPresent();
    }
  },
  VALUE(Seeds::values) {
    @Override
    boolean takes(byte[] input) {
      var data = AttestationData.decode(Bytes.of(input));
      data.ifPresent(d -> assertThat(d.encode()).isEqualTo(Bytes.of(input)));
      return data.isPresent();
    }
  },
  DUTY_VALUE(Seeds::dutyValues) {
    @Override
    boolean takes(byte[] input) {
      if (input.length == 0) {
        return false;
      }
      DutyRule rule = Seeds.rule(input[0]);
      Value value = new Value(Bytes.wrap(Arrays.copyOfRange(input, 1, input.length)));
      boolean isRefused = rule.judge(value, List.of(value)) instanceof DutyRule.Verdict.Refused;
      assertThat(rule.signable(value).isEmpty()).isEqualTo(isRefused);
      Proposal.decode(value).ifPresent(p -> assertThat(p.value()).isEqualTo(value));
      return !isRefused;
    }
  },

  // From an own pod, and from the journal.
  POD_MESSAGE(Seeds::podMessages) {
    @Override
    boolean takes(byte[] input) {
      Optional<Object> message = Seeds.pods().read(input);
      message.ifPresent(m -> assertThat(Seeds.pods().isTakenAgain(m)).isTrue());
      return message.isPresent();
    }
  },
  JOURNAL_ROW(Seeds::rows) {
    @Override
    boolean takes(byte[] input) {
      return journaled(input, "event");
    }
  },
  JOURNAL_SNAPSHOT(Seeds::snapshots) {
    @Override
    boolean takes(byte[] input) {
      return journaled(input, "snapshot");
    }
  },
  SIGNING_HISTORY(Seeds::histories) {
    @Override
    boolean takes(byte[] input) {
      return switch (HistoryFile.read(input)) {
        case HistoryFile.Reading.Understood(HistoryFile file) -> {
          assertThat(HistoryFile.write(file.history(), _ -> file.signature())).isEqualTo(input);
          HistoryCheck.check(file.history(), (_, _, _) -> true)
              .findings()
              .forEach(finding -> assertIsLine(finding.toString()));
          yield true;
        }
        case HistoryFile.Reading.Foreign(String why) -> {
          assertIsLine(why);
          yield false;
        }
        case HistoryFile.Reading.Damaged(String why) -> {
          assertIsLine(why);
          yield false;
        }
      };
    }
  },

  // From a beacon node.
  BEACON_GENESIS(Seeds::genesisAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() -> {
        Genesis genesis = NodeAnswers.genesis(input);
        assertThat(Genesis.ofJson(genesis.toJson())).contains(genesis);
      });
    }
  },
  BEACON_SPEC(Seeds::specAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() -> {
        var spec = NodeAnswers.spec(input);
        assertThat(spec.unknownForks()).hasSizeLessThanOrEqualTo(64);
        spec.unknownForks().forEach(fork -> assertThat(fork.name()).matches("[A-Z0-9_]{1,64}"));
        for (long slot : new long[] {0, 1L << 40, Long.MAX_VALUE}) {
          spec.forkAtSlot(slot);
          spec.lastInclusionSlot(slot);
          for (DutyType type : DutyType.values()) {
            assertThat(spec.dueMillis(type, spec.epochOf(slot))).isBetween(0L, 3_600_000L);
          }
        }
      });
    }
  },
  BEACON_SYNCING(Seeds::syncingAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() -> NodeAnswers.syncing(input));
    }
  },
  BEACON_VALIDATORS(Seeds::validatorAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() ->
          assertThat(Seeds.PUBLIC_KEYS)
              .containsAll(NodeAnswers.validators(input, Seeds.PUBLIC_KEYS).keySet()));
    }
  },
  BEACON_DUTIES(Seeds::dutyAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() ->
          NodeAnswers.duties(input, Seeds.INDICES)
              .duties()
              .forEach(duty -> assertThat(AttesterDuty.ofJson(duty.toJson())).contains(duty)));
    }
  },
  BEACON_ATTESTATION_REWARDS(Seeds::attestationRewards) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() ->
          assertThat(Seeds.INDICES)
              .containsAll(NodeAnswers.attestationInclusion(input, Seeds.INDICES).keySet()));
    }
  },
  BEACON_SYNC_REWARDS(Seeds::syncRewards) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() ->
          assertThat(Seeds.INDICES)
              .containsAll(NodeAnswers.syncInclusion(input, Seeds.INDICES).keySet()));
    }
  },
  BEACON_ATTESTATION_DATA(Seeds::dataAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return isAnswer(() -> {
        AttestationData data = NodeAnswers.attestationData(input);
        assertThat(AttestationData.ofJson(data.toJson())).contains(data);
        assertThat(AttestationData.decode(data.encode())).contains(data);
      });
    }
  },
  BEACON_BLOCK(Seeds::blockAnswers) {
    @Override
    boolean takes(byte[] input) throws Exception {
      return input.length > 0
          && isAnswer(() -> {
            Proposal block = NodeAnswers.block(input, Seeds.BLOCK_AT);
            assertThat(Proposal.decode(block.value())).contains(block);
            // Its slot is right, and whatever else it is, it can be put into an envelope.
            new SignedProposal(block, Bytes.wrap(new byte[96])).toJson(Seeds.BLOCK_AT.types());
          });
    }
  },
  BEACON_ERROR(Seeds::errorAnswers) {
    @Override
    boolean takes(byte[] input) {
      var failures = NodeAnswers.failures(input, 2);
      failures.ifPresent(f -> assertThat(f.keySet()).isSubsetOf(0, 1));
      return failures.isPresent();
    }
  },
  BEACON_HEAD_EVENT(Seeds::headEvents) {
    @Override
    boolean takes(byte[] input) {
      return NodeAnswers.head(text(input)).isPresent();
    }
  },
  SSZ(Seeds::sszValues) {
    @Override
    boolean takes(byte[] input) {
      if (input.length == 0) {
        return false;
      }
      SszType type = Seeds.sszType(input[0]);
      Bytes encoded = Bytes.wrap(Arrays.copyOfRange(input, 1, input.length));
      Optional<SszValue> value = Ssz.decode(type, encoded);
      value.ifPresent(v -> {
        assertThat(Ssz.encode(type, v)).isEqualTo(encoded);
        assertThat(SszJson.read(type, SszJson.write(type, v))).contains(v);
        Ssz.hashTreeRoot(type, v);
      });
      return value.isPresent();
    }
  },
  SSZ_JSON(Seeds::sszJson) {
    @Override
    boolean takes(byte[] input) {
      if (input.length == 0) {
        return false;
      }
      SszType type = Seeds.sszType(input[0]);
      try {
        JsonNode json = NodeAnswers.json(Arrays.copyOfRange(input, 1, input.length));
        Optional<SszValue> value = SszJson.read(type, json);
        value.ifPresent(v -> assertThat(Ssz.decode(type, Ssz.encode(type, v))).contains(v));
        return value.isPresent();
      } catch (BeaconException refused) {
        return false;
      }
    }
  },

  // From a remote signer.
  SIGNER_SIGNATURE(Seeds::signerSignatures) {
    @Override
    boolean takes(byte[] input) {
      var signature = SignerAnswers.signature(text(input));
      signature.ifPresent(
          s -> assertThat(SignerAnswers.signature("0x" + s.compressed().hex())).contains(s));
      return signature.isPresent();
    }
  },
  SIGNER_KEYS(Seeds::signerKeys) {
    @Override
    boolean takes(byte[] input) {
      var keys = SignerAnswers.publicKeys(text(input));
      keys.ifPresent(k ->
          assertThat(k)
              .hasSizeLessThanOrEqualTo(input.length / PublicKey.BYTES)
              .allMatch(key -> key.size() == PublicKey.BYTES));
      return keys.isPresent();
    }
  },

  // From a file.
  CLUSTER_FILE(Seeds::clusterFiles) {
    @Override
    boolean takes(byte[] input) throws IOException {
      return isConfiguration(
          input,
          file -> {
            ClusterFile cluster = ClusterFile.load(file);
            assertThat(ClusterFile.load(Files.write(file, cluster.toJson()))).isEqualTo(cluster);
          });
    }
  },
  OPERATOR_CONF(Seeds::settings) {
    /** The parser copies the rest of a key at every dot. */
    @Override
    long allocatedBytesMax(byte[] input) {
      return 10 * super.allocatedBytesMax(input);
    }

    @Override
    boolean takes(byte[] input) throws IOException {
      return isConfiguration(
          input,
          file ->
              OperatorSettings.load(file)
                  .beaconNodes()
                  .urls()
                  .forEach(url -> NodeAnswers.request(BeaconUrl.of(url.toString()))));
    }
  },
  KEY_STORE(Seeds::keyStores) {
    @Override
    boolean takes(byte[] input) {
      if (!Stores.isCheap(input)) {
        return false;
      }
      try (KeystoreReader reader = new KeystoreReader();
          Password password = Password.of(Seeds.PASSWORD.toCharArray())) {
        return switch (reader.read(Bytes.of(input), password)) {
          case KeystoreResult.Opened opened -> {
            opened.key().close();
            yield true;
          }
          case KeystoreResult.Refused refused -> {
            assertIsLine(refused.detail());
            yield false;
          }
        };
      }
    }
  },
  PASSWORD_FILE(Seeds::passwords) {
    @Override
    boolean takes(byte[] input) throws IOException {
      return isConfiguration(
          input, file -> Password.of(SecretFile.firstLine(file).toCharArray()).close());
    }
  },
  MNEMONIC(Seeds::mnemonics) {
    @Override
    boolean takes(byte[] input) {
      Optional<Mnemonic> mnemonic = Mnemonic.of(text(input).toCharArray());
      mnemonic.ifPresent(Mnemonic::close);
      return mnemonic.isPresent();
    }
  },
  MNEMONIC_FILE(Seeds::mnemonics) {
    @Override
    boolean takes(byte[] input) throws IOException {
      return isConfiguration(
          input,
          file -> MnemonicFile.load(file, Optional.of(file), 0, 1, _ -> {}).getFirst().close());
    }
  },
  IDENTITY_FILE(Seeds::identities) {
    @Override
    boolean takes(byte[] input) throws IOException {
      Path file = Seeds.file(input);
      try (IdentityKey key = IdentityKey.load(file)) {
        Files.delete(file);
        key.save(file);
        try (IdentityKey again = IdentityKey.load(file)) {
          assertThat(again.publicKey()).isEqualTo(key.publicKey());
        }
        return true;
      } catch (IOException refused) {
        return false;
      }
    }
  },
  PUBLIC_KEY(Seeds::publicKeys) {
    @Override
    boolean takes(byte[] input) {
      if (input.length == 32) {
        return IdentityPublicKey.decode(Bytes32.of(input)).isPresent();
      }
      var key = PublicKey.decode(Bytes.of(input));
      key.ifPresent(k -> assertThat(k.point().compressed()).isEqualTo(Bytes.of(input)));
      return key.isPresent();
    }
  },
  PROTECTION(Seeds::protections) {
    @Override
    boolean takes(byte[] input) throws IOException {
      return isConfiguration(
          input,
          file -> {
            Protection protection = Protection.load(file);
            assertThat(
                    Interchange.read(
                        Interchange.write(
                                protection.genesisValidatorsRoot(), protection.watermarks())
                            .toString(),
                        protection.genesisValidatorsRoot()))
                .isEqualTo(new Interchange.Reading.Understood(protection.watermarks()));
          });
    }
  },

  // From a flag or a setting.
  ADDRESS(Seeds::addresses) {
    @Override
    boolean takes(byte[] input) {
      var address = Address.parse(text(input));
      address.ifPresent(a -> assertThat(Address.parse(a.toString())).contains(a));
      return address.isPresent();
    }
  },
  BEACON_URL(Seeds::urls) {
    @Override
    boolean takes(byte[] input) {
      String text = text(input);
      boolean isSetting = OperatorSettings.parseBeaconNode(text).isPresent();
      try {
        NodeAnswers.request(BeaconUrl.of(text));
        return true;
      } catch (IllegalArgumentException refused) {
        assertThat(isSetting).as("a setting that ends the start with an exception").isFalse();
        return false;
      }
    }
  },

  // From a caller of the admin API and of the beacon simulator, and what the commands are answered.
  ADMIN_REQUEST(Seeds::requests) {
    @Override
    boolean takes(byte[] input) {
      return Requests.isUnderstood(text(input));
    }
  },
  ADMIN_ANSWER(Seeds::adminAnswers) {
    @Override
    boolean takes(byte[] input) {
      boolean taken = false;
      for (Class<?> view : Seeds.VIEWS) {
        try {
          Object read = Json.read(input, view);
          assertThat(Json.read(Json.write(read), view)).isEqualTo(read);
          taken = true;
        } catch (IOException refused) {
          // Like every answer of something else than a pod.
        }
      }
      return taken;
    }
  },
  MESSAGE(Seeds::messages) {
    @Override
    boolean takes(byte[] input) {
      try {
        JsonNode json = NodeAnswers.json(input);
        return Seeds.MESSAGES.stream().filter(reader -> isReadAgain(reader, json)).count() > 0;
      } catch (BeaconException refused) {
        return false;
      }
    }

    private static boolean isReadAgain(
        Function<JsonNode, Optional<ObjectNode>> reader, JsonNode json) {
      Optional<ObjectNode> written = reader.apply(json);
      written.ifPresent(message -> assertThat(reader.apply(message)).contains(message));
      return written.isPresent();
    }
  },
  SUBMITTED_ATTESTATION(Seeds::submissions) {
    @Override
    boolean takes(byte[] input) {
      try {
        JsonNode json = NodeAnswers.json(input);
        return Seeds.CHAINS.stream().filter(chain -> Submissions.isAttributed(json, chain)).count()
            > 0;
      } catch (BeaconException refused) {
        return false;
      }
    }
  };

  /** Of CPU, with the instrumentation of the fuzzer: a hundred times what any input takes. */
  private static final long NANOS_MAX = 1_000_000_000;

  private static final long ALLOCATED_BYTES_MAX = 32 << 20;
  private static final long ALLOCATED_BYTES_PER_BYTE_MAX = 1_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private interface Seeding {
    Collection<byte[]> make() throws Exception;
  }

  private interface Step {
    void run() throws Exception;
  }

  private interface Reading {
    void of(Path file) throws IOException;
  }

  private static final Map<Decoder, LongSummaryStatistics> NANOS = new EnumMap<>(Decoder.class);

  @SuppressWarnings(
      "ImmutableEnumChecker") // Always a method of Seeds, which has no state of its own.
  private final Seeding seeding;

  Decoder(Seeding seeding) {
    this.seeding = seeding;
  }

  /** Valid encodings, as the program writes them. */
  Collection<byte[]> seeds() {
    try {
      return seeding.make();
    } catch (Exception broken) {
      throw new IllegalStateException(name(), broken);
    }
  }

  /**
   * Whether the input is taken, and not refused. Throws at whatever is neither.
   *
   * @throws Exception which the decoder does not document
   */
  abstract boolean takes(byte[] input) throws Exception;

  /**
   * The same within the bounds.
   *
   * @throws AssertionError names decoder and input
   */
  boolean check(byte[] input) {
    Cost cost = cost(input);
    // What a path takes on which nothing went before, such as classes to be loaded, is no input's
    // fault.
    if (isBeyondBounds(cost, input)) {
      cost = cost(input);
    }
    if (isBeyondBounds(cost, input)) {
      throw new AssertionError(
          "%d ms and %d KiB for %s"
              .formatted(cost.nanos / 1_000_000, cost.allocatedBytes >> 10, of(input)));
    }
    NANOS.computeIfAbsent(this, _ -> new LongSummaryStatistics()).accept(cost.nanos);
    return cost.taken;
  }

  private record Cost(boolean taken, long nanos, long allocatedBytes) {}

  private Cost cost(byte[] input) {
    long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
    long nanosBefore = THREADS.getCurrentThreadCpuTime();
    try {
      return new Cost(
          takes(input.clone()),
          THREADS.getCurrentThreadCpuTime() - nanosBefore,
          THREADS.getCurrentThreadAllocatedBytes() - bytesBefore);
    } catch (Exception | AssertionError | StackOverflowError undocumented) {
      throw new AssertionError(of(input), undocumented);
    }
  }

  private boolean isBeyondBounds(Cost cost, byte[] input) {
    return cost.nanos > NANOS_MAX || cost.allocatedBytes > allocatedBytesMax(input);
  }

  long allocatedBytesMax(byte[] input) {
    return ALLOCATED_BYTES_MAX + ALLOCATED_BYTES_PER_BYTE_MAX * input.length;
  }

  private String of(byte[] input) {
    String hex = HexFormat.of().formatHex(input);
    return "%s %s".formatted(name(), hex.length() <= 20_000 ? hex : hex.substring(0, 200) + "…");
  }

  /** How much of it was tried so far. */
  String figures() {
    LongSummaryStatistics spent = NANOS.getOrDefault(this, new LongSummaryStatistics());
    return "%-24s %,12d inputs, %,10.0f a second of CPU"
        .formatted(name(), spent.getCount(), spent.getCount() * 1e9 / Math.max(1, spent.getSum()));
  }

  private static String text(byte[] input) {
    return new String(input, StandardCharsets.UTF_8);
  }

  private static void assertIsLine(String message) {
    assertThat(message).hasSizeLessThan(1_000);
    assertThat(message.chars()).noneMatch(Character::isISOControl);
  }

  private static List<DutyMessage> crossed(List<DutyMessage> messages) {
    return Seeds.MAIL.encode(messages).stream()
        .flatMap(frame -> Seeds.MAIL.decode(0, frame).orElseThrow().stream())
        .toList();
  }

  private static boolean journaled(byte[] input, String manifest) {
    JournalSerializer serializer = new JournalSerializer();
    try {
      assertThat(serializer.toBinary(serializer.fromBinary(input, manifest))).isEqualTo(input);
      return true;
    } catch (CorruptJournalException refused) {
      return false;
    }
  }

  private static boolean isAnswer(Step reading) throws Exception {
    try {
      reading.run();
      return true;
    } catch (BeaconException refused) {
      assertIsLine(String.valueOf(refused.getMessage()));
      return false;
    }
  }

  private static boolean isConfiguration(byte[] input, Reading reading) throws IOException {
    try {
      reading.of(Seeds.file(input));
      return true;
    } catch (InvalidConfiguration refused) {
      assertIsLine(String.valueOf(refused.getMessage()));
      return false;
    }
  }
}
