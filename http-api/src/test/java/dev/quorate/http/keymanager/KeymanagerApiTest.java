/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.config.OperatorFolder;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.http.keymanager.ServedKeys.Reply;
import dev.quorate.http.secured.Gate;
import dev.quorate.http.validator.BeaconContract;
import dev.quorate.persistence.guard.ShareFence;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import dev.quorate.signing.threshold.Shamir;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real HTTP, before an operator's real folder, guard and database. */
class KeymanagerApiTest {
  private static final String KEY_STORES = "/eth/v1/keystores";
  private static final String WRONG = "wrong-" + "x".repeat(20);
  private static final GuardVerdict GRANTED = new GuardVerdict.Granted();
  private static final GuardVerdict DELETED = new GuardVerdict.Refused(Reason.SHARE_DELETED);

  @TempDir private Path cluster = Path.of("");
  private Optional<ServedKeys> opened = Optional.empty();

  @BeforeEach
  void createCluster() {
    ServedKeys.create(cluster);
  }

  @AfterEach
  void close() {
    opened.ifPresent(ServedKeys::close);
  }

  private ServedKeys served() throws IOException {
    ServedKeys served = ServedKeys.open(cluster);
    opened = Optional.of(served);
    return served;
  }

  private ServedKeys restarted() throws IOException {
    close();
    return served();
  }

  private Path folder(int operator) {
    return cluster.resolve("operator-" + operator);
  }

  /** The key store of an operator's share, and the password of it. */
  private String store(int operator, int validator) throws IOException {
    return Files.readString(
        folder(operator).resolve("keystores").resolve("keystore-000" + validator + ".json"));
  }

  private String password(int operator) throws IOException {
    return Files.readString(folder(operator).resolve("password.txt"));
  }

  private static ObjectNode request(List<String> stores, List<String> passwords) {
    ObjectNode request = new JsonMapper().createObjectNode();
    stores.forEach(request.putArray("keystores")::add);
    passwords.forEach(request.putArray("passwords")::add);
    return request;
  }

  private static ObjectNode request(
      List<String> stores, List<String> passwords, String slashingProtection) {
    return request(stores, passwords).put("slashing_protection", slashingProtection);
  }

  private static Reply post(ServedKeys served, JsonNode request) throws Exception {
    Reply reply = served.send("POST", KEY_STORES, request.toString());
    assertThat(contract("local_keystores.yaml", "post", reply)).isEmpty();
    return reply;
  }

  private static Reply delete(ServedKeys served, String... keys) throws Exception {
    ObjectNode request = new JsonMapper().createObjectNode();
    Stream.of(keys).forEach(request.putArray("pubkeys")::add);
    Reply reply = served.send("DELETE", KEY_STORES, request.toString());
    assertThat(contract("local_keystores.yaml", "delete", reply)).isEmpty();
    return reply;
  }

  private static List<String> contract(String file, String method, Reply reply) {
    return reply.status() == 200
        ? BeaconContract.violations("keymanager-APIs", file, method, 200, reply.json())
        : BeaconContract.violationsOfKeymanagerError(reply.json());
  }

  private static List<String> listed(ServedKeys served) throws Exception {
    Reply reply = served.get(KEY_STORES);
    assertThat(contract("local_keystores.yaml", "get", reply)).isEmpty();
    return reply.json().path("data").findValuesAsText("validating_pubkey");
  }

  private static JsonNode history(Reply reply) throws IOException {
    return new JsonMapper().readTree(reply.json().path("slashing_protection").textValue());
  }

  // ---- key shares

  @Test
  void theKeysAreThisOperatorsPublicShares() throws Exception {
    ServedKeys served = served();

    assertThat(listed(served))
        .containsExactly(served.share(ServedKeys.SELF, 0), served.share(ServedKeys.SELF, 1));
  }

  @Test
  void aShareThatIsDeletedNeverSignsAgainUntilItIsImported() throws Exception {
    ServedKeys served = served();
    String store = store(ServedKeys.SELF, 0);
    String password = password(ServedKeys.SELF);
    assertThat(served.attest(0, 200)).isEqualTo(GRANTED);

    Reply reply =
        delete(
            served, served.share(ServedKeys.SELF, 0).toUpperCase(Locale.ROOT).replace("0X", "0x"));

    assertThat(reply.statuses()).containsExactly("deleted");
    assertThat(history(reply).at("/data/0/pubkey").asText())
        .isEqualTo(served.share(ServedKeys.SELF, 0));
    assertThat(history(reply).at("/data/0/signed_attestations/0/target_epoch").asText())
        .isEqualTo("200");
    assertThat(served.keyStore(0)).doesNotExist();
    assertThat(listed(served)).containsExactly(served.share(ServedKeys.SELF, 1));
    assertThat(served.attest(0, 201)).isEqualTo(DELETED);
    assertThat(served.attest(1, 201)).isEqualTo(GRANTED);

    ServedKeys again = restarted();
    assertThat(again.shares.held()).containsExactly(1);
    assertThat(again.attest(0, 202)).isEqualTo(DELETED);
    Reply second =
        delete(again, again.group(0), again.share(ServedKeys.SELF, 0), again.share(0, 0));
    assertThat(second.statuses()).containsExactly("not_active", "not_active", "not_found");
    assertThat(history(second).path("data")).hasSize(2);

    assertThat(
            post(again, request(List.of(store), List.of(password), second.slashingProtection()))
                .statuses())
        .containsExactly("imported");
    assertThat(listed(again)).hasSize(2);
    assertThat(again.shares.held()).containsExactly(0, 1);
    assertThat(again.attest(0, 202)).isEqualTo(GRANTED);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(again.keyStore(0))))
        .isEqualTo("rw-------");
    assertThat(restarted().shares.held()).containsExactly(0, 1);
  }

  /** As if the pod had died behind the fence: the key store is there, and it does not sign. */
  @Test
  void aDeletionThatWasCutOffLeavesAShareThatDoesNotSign() throws Exception {
    ServedKeys served = served();
    ShareFence.raise(served.database, List.of(served.groupKey(0)));

    ServedKeys again = restarted();

    assertThat(again.keyStore(0)).exists();
    assertThat(listed(again)).containsExactly(again.share(ServedKeys.SELF, 1));
    assertThat(again.attest(0, 200)).isEqualTo(DELETED);
    assertThat(delete(again, again.share(ServedKeys.SELF, 0)).statuses())
        .containsExactly("not_active");
    assertThat(again.keyStore(0)).doesNotExist();
  }

  /** As if the pod had died before it lowered the fence: what was stored does not sign. */
  @Test
  void anImportThatWasCutOffIsMadeAgain() throws Exception {
    ServedKeys served = served();
    String store = store(ServedKeys.SELF, 0);
    ShareFence.raise(served.database, List.of(served.groupKey(0)));

    String history = delete(served, served.share(ServedKeys.SELF, 0)).slashingProtection();

    Reply reply =
        post(served, request(List.of(store), List.of(password(ServedKeys.SELF)), history));

    assertThat(reply.statuses()).containsExactly("imported");
    assertThat(served.attest(0, 200)).isEqualTo(GRANTED);
  }

  /** It may have signed elsewhere, and the guard would not know. */
  @Test
  void aDeletedShareDoesNotComeBackWithoutTheHistoryOfItsKey() throws Exception {
    ServedKeys served = served();
    String store = store(ServedKeys.SELF, 0);
    String password = password(ServedKeys.SELF);
    delete(served, served.share(ServedKeys.SELF, 0));
    ObjectNode ofNobody = new JsonMapper().createObjectNode();
    ofNobody
        .putObject("metadata")
        .put("interchange_format_version", "5")
        .put("genesis_validators_root", served.database.identity().genesisRoot().toString());
    ofNobody.putArray("data");

    for (ObjectNode request :
        List.of(
            request(List.of(store), List.of(password)),
            request(List.of(store), List.of(password), ofNobody.toString()))) {
      Reply reply = post(served, request);
      assertThat(reply.statuses()).containsExactly("error");
      assertThat(reply.json().at("/data/0/message").asText()).contains("slashing_protection");
    }
    assertThat(served.keyStore(0)).doesNotExist();
    assertThat(served.attest(0, 200)).isEqualTo(DELETED);
  }

  @Test
  void anOperatorMayBeginWithoutKeyStores() throws Exception {
    List<String> stores = List.of(store(ServedKeys.SELF, 0), store(ServedKeys.SELF, 1));
    String password = password(ServedKeys.SELF);
    Path home = folder(ServedKeys.SELF);
    for (String file :
        List.of(
            "keystores/keystore-0000.json",
            "keystores/keystore-0001.json",
            "keystores",
            "password.txt")) {
      Files.delete(home.resolve(file));
    }
    ServedKeys served = served();
    assertThat(listed(served)).isEmpty();

    assertThat(post(served, request(stores, List.of(password, password))).statuses())
        .containsExactly("imported", "imported");

    assertThat(password(ServedKeys.SELF)).hasSize(64);
    assertThat(restarted().shares.held()).containsExactly(0, 1);
  }

  @Test
  void whatIsHereIsADuplicate() throws Exception {
    ServedKeys served = served();

    assertThat(
            post(
                    served,
                    request(List.of(store(ServedKeys.SELF, 0)), List.of(password(ServedKeys.SELF))))
                .statuses())
        .containsExactly("duplicate");
  }

  @Test
  void theGuardKnowsTheHistoryBeforeTheShareSigns() throws Exception {
    ServedKeys served = served();
    String store = store(ServedKeys.SELF, 0);
    String history =
        delete(served, served.share(ServedKeys.SELF, 0))
            .slashingProtection()
            .replaceAll(
                "\"signed_attestations\" : \\[ ?\\]",
                "\"signed_attestations\" : [{\"source_epoch\": \"249\", \"target_epoch\": \"250\"}]");
    assertThat(history).contains("250");

    Reply reply =
        post(served, request(List.of(store), List.of(password(ServedKeys.SELF)), history));

    assertThat(reply.statuses()).containsExactly("imported");
    assertThat(served.attest(0, 250)).isEqualTo(new GuardVerdict.Refused(Reason.SLASHABLE));
    assertThat(served.attest(0, 251)).isEqualTo(GRANTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "{\"metadata\":{\"interchange_format_version\":\"5\",\"genesis_validators_root\":\"0x3333333333333333333333333333333333333333333333333333333333333333\"},\"data\":[]}",
        "{\"metadata\":{\"interchange_format_version\":\"5\",\"genesis_validators_root\":\"0x2222222222222222222222222222222222222222222222222222222222222222\"},\"data\":[{\"pubkey\":\"0x939191919191919191919191919191919191919191919191919191919191919191919191919191919191919191919191\",\"signed_blocks\":[],\"signed_attestations\":[]}]}"
      })
  void aHistoryThatCannotBeTakenOverRefusesTheWholeImport(String history) throws Exception {
    ServedKeys served = served();
    String store = store(ServedKeys.SELF, 0);
    delete(served, served.share(ServedKeys.SELF, 0));

    Reply reply =
        post(served, request(List.of(store), List.of(password(ServedKeys.SELF)), history));

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.message()).matches("slashing.protection: .+");
    assertThat(served.attest(0, 200)).isEqualTo(DELETED);
  }

  private static String stored(SecretKey key) {
    try (Password password = Password.of(WRONG.toCharArray());
        KeystoreWriter writer = KeystoreWriter.pbkdf2(password, new SecureRandom())) {
      return new String(writer.write(key, "", "").toArray(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void onlyThisOperatorsSharesAreTakenWhateverAKeyStoreSays() throws Exception {
    ServedKeys served = served();
    String own = store(ServedKeys.SELF, 0);
    ObjectNode claiming = (ObjectNode) new JsonMapper().readTree(store(0, 0));
    claiming.put("pubkey", served.share(ServedKeys.SELF, 0).substring(2));
    delete(served, served.share(ServedKeys.SELF, 0));
    SecretKey stranger = SecretKey.generate(new SecureRandom());
    SecretKey whole;
    try (OperatorFolder first = OperatorFolder.load(folder(0));
        OperatorFolder third = OperatorFolder.load(folder(2))) {
      whole = Shamir.recombine(List.of(first.shares().getFirst(), third.shares().getFirst()));
    }

    Reply reply =
        post(
            served,
            request(
                List.of(
                    own, store(0, 0), claiming.toString(), stored(stranger), "{", stored(whole)),
                List.of(WRONG, password(0), password(0), WRONG, WRONG, WRONG)));

    assertThat(reply.statuses()).hasSize(6).containsOnly("error");
    List<String> messages = reply.json().path("data").findValuesAsText("message");
    assertThat(messages.get(0)).startsWith("WRONG_PASSWORD").doesNotContain(WRONG);
    assertThat(messages.get(1)).contains("it is the share of operator-0");
    assertThat(messages.get(2)).startsWith("WRONG_PUBLIC_KEY");
    assertThat(messages.get(3)).contains("no share of a validator of this cluster");
    assertThat(messages.get(4)).startsWith("MALFORMED");
    assertThat(messages.get(5)).startsWith("it is the whole key of the validator");
    assertThat(served.keyStore(0)).doesNotExist();
    assertThat(served.attest(0, 200)).isEqualTo(DELETED);
  }

  // ---- where shares are elsewhere

  @Test
  void whatARemoteSignerHoldsIsListedAndManagedThere() throws Exception {
    ServedKeys served = new ServedKeys(cluster, Optional.of("https://signer.example"));
    opened = Optional.of(served);
    assertThat(listed(served)).isEmpty();

    Reply remote = served.get("/eth/v1/remotekeys");

    assertThat(contract("remote_keystores.yaml", "get", remote)).isEmpty();
    assertThat(remote.json().path("data").findValuesAsText("pubkey"))
        .containsExactly(served.share(ServedKeys.SELF, 0), served.share(ServedKeys.SELF, 1));
    for (String method : List.of("POST", "DELETE")) {
      Reply refused = served.send(method, "/eth/v1/remotekeys", "{}");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(contract("remote_keystores.yaml", method.toLowerCase(Locale.ROOT), refused))
          .isEmpty();
    }
    Reply removed = delete(served, served.share(ServedKeys.SELF, 0));
    assertThat(removed.statuses()).containsExactly("error");
    assertThat(history(removed).path("data")).isEmpty();
    assertThat(served.attest(0, 200)).isEqualTo(GRANTED);
    assertThat(
            post(
                    served,
                    request(List.of(store(ServedKeys.SELF, 0)), List.of(password(ServedKeys.SELF))))
                .statuses())
        .containsExactly("error");
  }

  // ---- what the cluster agreed on

  @ParameterizedTest
  @ValueSource(strings = {"feerecipient", "gas_limit", "graffiti"})
  void whatAllAgreedOnIsShownAndNotChanged(String what) throws Exception {
    ServedKeys served = served();
    String file = what.equals("feerecipient") ? "fee_recipient.yaml" : what + ".yaml";
    for (String key : List.of(served.share(ServedKeys.SELF, 0), served.group(0))) {
      Reply reply = served.get("/eth/v1/validator/" + key + "/" + what);
      assertThat(reply.status()).isEqualTo(200);
      assertThat(contract(file, "get", reply)).isEmpty();
      assertThat(reply.json().at("/data/pubkey").asText()).isEqualTo(key);
    }
    for (String method : List.of("POST", "DELETE")) {
      Reply reply = served.send(method, "/eth/v1/validator/" + served.group(0) + "/" + what, "{}");
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.message()).contains("the cluster's configuration");
      assertThat(contract(file, method.toLowerCase(Locale.ROOT), reply)).isEmpty();
    }
    assertThat(served.get("/eth/v1/validator/" + served.share(0, 0) + "/" + what).status())
        .isEqualTo(404);
    assertThat(served.get("/eth/v1/validator/0x12/" + what).status()).isEqualTo(400);
  }

  @Test
  void feeRecipientAndGasLimitAreThoseOfTheClusterFile() throws Exception {
    ServedKeys served = served();
    String validator = "/eth/v1/validator/" + served.group(1) + "/";

    assertThat(served.get(validator + "feerecipient").json().at("/data/ethaddress").asText())
        .isEqualTo("0x" + "ab".repeat(20));
    assertThat(served.get(validator + "gas_limit").json().at("/data/gas_limit").asText())
        .isEqualTo("36000000");
  }

  // ---- exits

  @Test
  void anExitIsThisOperatorsApprovalAndTheWholeSignatureOnceItIsThere() throws Exception {
    ServedKeys served = served();
    served.exits.put(1, new Signed<>(new VoluntaryExit(256, 77), Bytes.fromHex("cd".repeat(96))));
    String path = "/eth/v1/validator/" + served.share(ServedKeys.SELF, 1) + "/voluntary_exit";

    Reply reply = served.send("POST", path + "?epoch=256", "");

    assertThat(served.approved).containsExactly(1);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(contract("voluntary_exit.yaml", "post", reply)).isEmpty();
    assertThat(reply.json().at("/data/message/epoch").asText()).isEqualTo("256");
  }

  @Test
  void anExitThatOthersHaveNotApprovedYetIsAccepted() throws Exception {
    ServedKeys served = served();

    Reply reply =
        served.send("POST", "/eth/v1/validator/" + served.group(0) + "/voluntary_exit", "");

    assertThat(reply.status()).isEqualTo(202);
    assertThat(reply.message()).contains("once 2 operators have approved");
    assertThat(served.approved).containsExactly(0);
  }

  @Test
  void anExitOfAnotherEpochThanThePeriodsIsRefusedAndTheEpochNamed() throws Exception {
    ServedKeys served = served();

    Reply reply =
        served.send(
            "POST", "/eth/v1/validator/" + served.group(0) + "/voluntary_exit?epoch=300", "");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.message()).contains("epoch 256");
    assertThat(contract("voluntary_exit.yaml", "post", reply)).isEmpty();
    assertThat(served.approved).isEmpty();
  }

  // ---- bad requests

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer hunter2-hunter2-hunter3", "hunter2-hunter2-hunter2"})
  void whoDoesNotShowTheTokenGetsNothing(String token) throws Exception {
    Reply reply = served().send("GET", KEY_STORES, "", token);

    assertThat(reply.status()).isEqualTo(401);
    assertThat(contract("local_keystores.yaml", "get", reply)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"keystores\":[],\"passwords\":[\"hunter2\"]}",
        "{\"keystores\":[7],\"passwords\":[\"hunter2\"]}",
        "{\"keystores\":\"hunter2\",\"passwords\":[\"hunter2\"]}",
        "{\"keystores\":[],\"keystores\":[],\"passwords\":[]}",
        "{\"keystores\":[],\"passwords\":[],\"slashing_protection\":{}}"
      })
  void aMalformedImportIsRefusedAndNotRepeated(String body) throws Exception {
    Reply reply = served().send("POST", KEY_STORES, body);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.message()).isNotEmpty().doesNotContain("hunter2");
    assertThat(contract("local_keystores.yaml", "post", reply)).isEmpty();
  }

  @Test
  void aKeyThatIsNoneIsRefused() throws Exception {
    assertThat(served().send("DELETE", KEY_STORES, "{\"pubkeys\":[\"0x12\"]}").status())
        .isEqualTo(400);
  }

  @Test
  void aBodyBeyondAnyThatMakesSenseIsRefused() throws Exception {
    Reply reply = served().send("POST", KEY_STORES, " ".repeat(Gate.BODY_BYTES_MAX + 1));

    assertThat(reply.status()).isEqualTo(413);
  }

  @Test
  void otherRoutesAndMethodsAreRefused() throws Exception {
    ServedKeys served = served();

    assertThat(served.get("/eth/v1/keystore").status()).isEqualTo(404);
    assertThat(served.send("PUT", KEY_STORES, "{}").status()).isEqualTo(405);
    assertThat(served.get("/eth/v1/validator/" + served.group(0) + "/voluntary_exit").status())
        .isEqualTo(405);
  }
}
