/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.consensus.quorum.ThresholdVerdict;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.identity.IdentityPublicKey;
import dev.quorate.signing.threshold.SharedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What all operators of a cluster agreed on: who they are and whose validators they hold shares of.
 * It holds no secret. Positions in its lists, from 0, name operators and validators everywhere
 * else; an operator's share index is its position plus 1.
 *
 * <p>Every instance is right: the constructor checks it all, down to the polynomials.
 *
 * <p>The hash names the cluster in every message between operators. It is SHA-256 over the fields
 * in this order, each preceded by its length in bytes (four bytes, big-endian): the tag {@code
 * quorate/cluster-file/1}, name, threshold, livenessLossConfirmed (empty if absent), the number of
 * operators, of each its name, identity key and address, the number of validators, of each its
 * group key and public shares, protectionHash (empty if absent), and if there are proposals their
 * feeRecipient and builderGasLimit (empty if absent). Text is UTF-8, numbers are four bytes,
 * big-endian.
 *
 * @param name what people call the cluster
 * @param threshold t: how many partial signatures make a signature
 * @param livenessLossConfirmed the written confirmation that a threshold above n - f needs
 * @param operators n of them, by position
 * @param validators by position
 * @param protectionHash SHA-256 of the file that says what the keys signed before they were split,
 *     so that no operator starts without it; empty if they never validated
 * @param proposals what blocks are proposed with; empty: nobody is prepared to be paid for them
 * @param hash of everything else
 */
public record ClusterFile(
    String name,
    int threshold,
    Optional<String> livenessLossConfirmed,
    List<Operator> operators,
    List<SharedKey> validators,
    Optional<Bytes32> protectionHash,
    Optional<Proposals> proposals,
    Bytes32 hash) {

  public static final int VERSION = 1;
  public static final int VALIDATORS_MAX = 10_000;

  /**
   * With one or two operators 2t > n + f leaves only t = n, so that the first outage stops all
   * signing: such a cluster is more fragile than a key on one machine. Three survive an outage,
   * four also a liar.
   */
  public static final int OPERATORS_MIN = 3;

  /** Room for the most operators and validators there may be, as {@link #toJson} writes them. */
  static final int FILE_BYTES_MAX = 64 * 1024 * 1024;

  private static final String TAG = "quorate/cluster-file/" + VERSION;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");
  private static final int CONFIRMATION_CHARS_MAX = 500;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * A member of the cluster.
   *
   * @param identityKey Ed25519, pinned: it authenticates the operator's links and messages
   * @param address where its pods are reached by the other operators
   */
  public record Operator(String name, IdentityPublicKey identityKey, Address address) {}

  /**
   * @throws InvalidConfiguration if anything is wrong
   */
  public ClusterFile {
    operators = List.copyOf(operators);
    validators = List.copyOf(validators);
    checkName("name", name);
    checkConfirmation(livenessLossConfirmed);
    checkOperators(operators);
    checkThreshold(threshold, new Quorum(operators.size()), livenessLossConfirmed);
    checkValidators(validators, operators.size());
    if (!hash.equals(
        hashOf(
            name,
            threshold,
            livenessLossConfirmed,
            operators,
            validators,
            protectionHash,
            proposals))) {
      throw new InvalidConfiguration(
          ConfigurationFault.WRONG_HASH, "hash", "it is not the hash of the rest of the file");
    }
    checkPolynomials(validators, threshold);
  }

  /**
   * A cluster file with the hash that belongs to its content.
   *
   * @throws InvalidConfiguration if anything is wrong
   */
  public static ClusterFile of(
      String name,
      int threshold,
      Optional<String> livenessLossConfirmed,
      List<Operator> operators,
      List<SharedKey> validators,
      Optional<Bytes32> protectionHash,
      Optional<Proposals> proposals) {
    return new ClusterFile(
        name,
        threshold,
        livenessLossConfirmed,
        operators,
        validators,
        protectionHash,
        proposals,
        hashOf(
            name,
            threshold,
            livenessLossConfirmed,
            operators,
            validators,
            protectionHash,
            proposals));
  }

  /**
   * @throws InvalidConfiguration if the file cannot be read or is wrong in any way
   */
  public static ClusterFile load(Path file) {
    StrictJson json = StrictJson.read(file, FILE_BYTES_MAX);
    try {
      return parse(json);
    } catch (InvalidConfiguration wrong) {
      throw wrong.in(file);
    }
  }

  private static ClusterFile parse(StrictJson json) {
    // First of all: another version may have other keys.
    int version = json.at("version").number();
    if (version != VERSION) {
      throw new InvalidConfiguration(
          ConfigurationFault.UNKNOWN_VERSION,
          "version",
          version + ", this program knows " + VERSION);
    }
    json.withKeys(
        Set.of(
            "version",
            "name",
            "threshold",
            "livenessLossConfirmed",
            "operators",
            "validators",
            "protectionHash",
            "proposals",
            "hash"));
    List<StrictJson> operators = json.at("operators").elements();
    List<StrictJson> validators = json.at("validators").elements();
    // Before any key is decoded, which is what costs.
    checkOperatorCount(operators.size());
    checkValidatorCount(validators.size());
    return new ClusterFile(
        json.at("name").text(),
        json.at("threshold").number(),
        json.find("livenessLossConfirmed").map(StrictJson::text),
        operators.stream().map(ClusterFile::operator).toList(),
        validators.stream().map(ClusterFile::validator).toList(),
        json.find("protectionHash").map(StrictJson::bytes32),
        json.find("proposals").map(ClusterFile::proposals),
        json.at("hash").bytes32());
  }

  /** The quorums of these operators. */
  public Quorum quorum() {
    return new Quorum(operators.size());
  }

  /** What {@link #load} reads. */
  public byte[] toJson() {
    ObjectNode json = StrictJson.MAPPER.createObjectNode();
    json.put("version", VERSION).put("name", name).put("threshold", threshold);
    livenessLossConfirmed.ifPresent(text -> json.put("livenessLossConfirmed", text));
    ArrayNode operatorList = json.putArray("operators");
    for (Operator operator : operators) {
      operatorList
          .addObject()
          .put("name", operator.name())
          .put("identityKey", operator.identityKey().toString())
          .put("address", operator.address().toString());
    }
    ArrayNode validatorList = json.putArray("validators");
    for (SharedKey validator : validators) {
      ArrayNode shares =
          validatorList
              .addObject()
              .put("publicKey", StrictJson.hex(validator.group().compressed()))
              .putArray("publicShares");
      validator.shares().forEach(share -> shares.add(StrictJson.hex(share.compressed())));
    }
    protectionHash.ifPresent(bytes -> json.put("protectionHash", bytes.toString()));
    proposals.ifPresent(agreed -> {
      ObjectNode written =
          json.putObject("proposals").put("feeRecipient", StrictJson.hex(agreed.feeRecipient()));
      agreed.builderGasLimit().ifPresent(limit -> written.put("builderGasLimit", limit));
    });
    json.put("hash", hash.toString());
    return StrictJson.write(json);
  }

  /** The name and the hash: enough to recognise the cluster by. */
  @Override
  public String toString() {
    return "ClusterFile[" + name + ", " + hash + "]";
  }

  private static Operator operator(StrictJson json) {
    json.withKeys(Set.of("name", "identityKey", "address"));
    StrictJson address = json.at("address");
    return new Operator(
        json.at("name").text(),
        identityKey(json.at("identityKey")),
        Address.parse(address.text()).orElseThrow(() -> address.malformed("host:port is needed")));
  }

  private static IdentityPublicKey identityKey(StrictJson json) {
    return IdentityPublicKey.decode(json.bytes32())
        .orElseThrow(() -> notAPublicKey(json, "no Ed25519 public key"));
  }

  private static SharedKey validator(StrictJson json) {
    json.withKeys(Set.of("publicKey", "publicShares"));
    StrictJson shares = json.at("publicShares");
    // Before any of them is decoded, which is what costs.
    if (shares.elements().isEmpty() || shares.elements().size() > Quorum.OPERATORS_MAX) {
      throw shares.malformed("one public share for each operator is needed");
    }
    return new SharedKey(
        publicKey(json.at("publicKey")),
        shares.elements().stream().map(ClusterFile::publicKey).toList());
  }

  private static Proposals proposals(StrictJson json) {
    json.withKeys(Set.of("feeRecipient", "builderGasLimit"));
    Optional<Integer> gasLimit = json.find("builderGasLimit").map(StrictJson::number);
    return new Proposals(
        json.at("feeRecipient").bytes(Proposals.ADDRESS_BYTES),
        gasLimit.map(OptionalInt::of).orElseGet(OptionalInt::empty));
  }

  private static PublicKey publicKey(StrictJson json) {
    return PublicKey.decode(json.bytes(PublicKey.BYTES))
        .orElseThrow(() -> notAPublicKey(json, "no BLS public key"));
  }

  private static InvalidConfiguration notAPublicKey(StrictJson json, String what) {
    return new InvalidConfiguration(ConfigurationFault.NOT_A_PUBLIC_KEY, json.where(), what);
  }

  static void checkName(String where, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          where,
          "a name is 1 to 64 letters, digits, spaces, dots, underscores and hyphens");
    }
  }

  private static void checkConfirmation(Optional<String> text) {
    if (text.filter(t -> t.isBlank() || t.length() > CONFIRMATION_CHARS_MAX).isPresent()) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          "livenessLossConfirmed",
          "a confirmation is a text of at most " + CONFIRMATION_CHARS_MAX + " characters");
    }
  }

  static void checkOperatorCount(int operators) {
    if (operators < OPERATORS_MIN || operators > Quorum.OPERATORS_MAX) {
      throw new InvalidConfiguration(
          ConfigurationFault.OPERATOR_COUNT, "operators", operators + " operators");
    }
  }

  private static void checkOperators(List<Operator> operators) {
    checkOperatorCount(operators.size());
    for (int position = 0; position < operators.size(); position++) {
      String where = "operators[" + position + "]";
      checkName(where + ".name", operators.get(position).name());
      if (operators.get(position).address().port() == 0) {
        throw new InvalidConfiguration(
            ConfigurationFault.MALFORMED, where + ".address", "the others cannot dial port 0");
      }
    }
    checkDistinct("operators", "name", operators, Operator::name);
    checkDistinct("operators", "identityKey", operators, Operator::identityKey);
    checkDistinct("operators", "address", operators, Operator::address);
  }

  static void checkThreshold(int threshold, Quorum quorum, Optional<String> confirmation) {
    switch (quorum.judgeThreshold(threshold)) {
      case ThresholdVerdict.Sound() -> {}
      case ThresholdVerdict.LosesLiveness(String figures) -> {
        if (confirmation.isEmpty()) {
          throw new InvalidConfiguration(
              ConfigurationFault.THRESHOLD_NOT_LIVE, "threshold", figures);
        }
      }
      case ThresholdVerdict.Unsafe(String figures) ->
          throw new InvalidConfiguration(
              threshold > quorum.operators()
                  ? ConfigurationFault.THRESHOLD_UNREACHABLE
                  : ConfigurationFault.THRESHOLD_UNSAFE,
              "threshold",
              figures);
    }
  }

  static void checkValidatorCount(int validators) {
    if (validators < 1 || validators > VALIDATORS_MAX) {
      throw new InvalidConfiguration(
          ConfigurationFault.VALIDATOR_COUNT, "validators", validators + " validators");
    }
  }

  private static void checkValidators(List<SharedKey> validators, int operators) {
    checkValidatorCount(validators.size());
    for (int position = 0; position < validators.size(); position++) {
      int shares = validators.get(position).shares().size();
      if (shares != operators) {
        throw new InvalidConfiguration(
            ConfigurationFault.MALFORMED,
            "validators[" + position + "].publicShares",
            shares + " public shares for " + operators + " operators");
      }
    }
    checkDistinct("validators", "publicKey", validators, SharedKey::group);
  }

  private static void checkPolynomials(List<SharedKey> validators, int threshold) {
    for (int position : SharedKey.inconsistent(validators, threshold, RANDOM)) {
      throw new InvalidConfiguration(
          ConfigurationFault.SHARE_OFF_POLYNOMIAL,
          "validators[" + position + "]",
          "the public shares do not lie on one polynomial with the public key");
    }
  }

  private static <T, K> void checkDistinct(
      String list, String key, List<T> elements, Function<T, K> value) {
    Set<K> seen = new HashSet<>();
    for (int position = 0; position < elements.size(); position++) {
      if (!seen.add(value.apply(elements.get(position)))) {
        throw new InvalidConfiguration(
            ConfigurationFault.DUPLICATE,
            list + "[" + position + "]." + key,
            "it stands in the list a second time");
      }
    }
  }

  private static Bytes32 hashOf(
      String name,
      int threshold,
      Optional<String> livenessLossConfirmed,
      List<Operator> operators,
      List<SharedKey> validators,
      Optional<Bytes32> protectionHash,
      Optional<Proposals> proposals) {
    MessageDigest digest = Bytes32.newSha256();
    add(digest, TAG);
    add(digest, name);
    add(digest, threshold);
    add(digest, livenessLossConfirmed.orElse(""));
    add(digest, operators.size());
    for (Operator operator : operators) {
      add(digest, operator.name());
      add(digest, operator.identityKey().encoded().toArray());
      add(digest, operator.address().toString());
    }
    add(digest, validators.size());
    for (SharedKey validator : validators) {
      add(digest, validator.group().compressed().toArray());
      validator.shares().forEach(share -> add(digest, share.compressed().toArray()));
    }
    add(digest, protectionHash.map(Bytes32::toArray).orElse(new byte[0]));
    proposals.ifPresent(agreed -> {
      add(digest, agreed.feeRecipient().toArray());
      agreed
          .builderGasLimit()
          .ifPresentOrElse(limit -> add(digest, limit), () -> add(digest, new byte[0]));
    });
    return Bytes32.of(digest.digest());
  }

  private static void add(MessageDigest digest, String field) {
    add(digest, field.getBytes(StandardCharsets.UTF_8));
  }

  private static void add(MessageDigest digest, int field) {
    add(digest, ByteBuffer.allocate(Integer.BYTES).putInt(field).array());
  }

  private static void add(MessageDigest digest, byte[] field) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(field.length).flip());
    digest.update(field);
  }
}
