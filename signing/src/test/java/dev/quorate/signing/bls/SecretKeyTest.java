/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.bls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.curve.G1;
import dev.quorate.signing.curve.StrangePoints;
import java.io.Serializable;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SecretKeyTest {
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});

  private final SecureRandom random = Seeds.random();

  @Test
  void aKeyOfOneHasTheGeneratorAsItsPublicKey() {
    byte[] one = new byte[32];
    one[31] = 1;
    try (SecretKey key = SecretKey.decode(one).orElseThrow()) {
      assertThat(key.publicKey().compressed().hex())
          .isEqualTo(
              "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                  + "6c55e83ff97a1aeffb3af00adb22c6bb");
    }
  }

  @Test
  void printsNothingOfTheSecret() {
    try (SecretKey key = SecretKey.generate(random)) {
      String secret = HexFormat.of().formatHex(key.scalar().export());
      assertThat(key).isNotInstanceOf(Serializable.class);
      assertThat(key.toString()).contains("redacted").doesNotContain(secret.substring(0, 8));
      assertThat(key.scalar().toString()).doesNotContain(secret.substring(0, 8));
    }
  }

  @Test
  void aClosedKeySignsNothing() {
    SecretKey key = SecretKey.generate(random);
    key.close();
    assertThatThrownBy(() -> key.sign(HashedMessage.of(ROOT)))
        .isInstanceOf(IllegalStateException.class);
  }

  /** A signature with a half-zeroed key would give the key away. */
  @Test
  void closingAKeyWhileItSignsSpoilsNoSignature() throws InterruptedException, ExecutionException {
    HashedMessage message = HashedMessage.of(ROOT);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 50; round++) {
        SecretKey key = SecretKey.generate(random);
        Future<List<Signature>> signing = threads.submit(() -> signUntilClosed(key, message));
        Future<?> closing = threads.submit(key::close);
        closing.get();
        for (Signature signature : signing.get()) {
          assertThat(Bls.verify(key.publicKey(), message, signature)).isTrue();
        }
      }
    }
  }

  private static List<Signature> signUntilClosed(SecretKey key, HashedMessage message) {
    List<Signature> signatures = new ArrayList<>();
    while (true) {
      try {
        signatures.add(key.sign(message));
      } catch (IllegalStateException closed) {
        return signatures;
      }
    }
  }

  @Test
  void verifiesNoSignatureOutsideTheGroup() {
    HashedMessage message = HashedMessage.of(ROOT);
    try (SecretKey key = SecretKey.generate(random)) {
      Signature good = key.sign(message);
      Signature shifted =
          Bls.aggregate(List.of(good, new Signature(StrangePoints.ofOrder13(random))))
              .orElseThrow();
      assertThat(Bls.verify(key.publicKey(), message, good)).isTrue();
      assertThat(Bls.verify(key.publicKey(), message, shifted)).isFalse();
      assertThat(Bls.fastAggregateVerify(List.of(key.publicKey()), message, shifted)).isFalse();
      assertThat(Bls.verify(key.publicKey(), message, new Signature(StrangePoints.infinity())))
          .isFalse();
      assertThat(Bls.verify(key.publicKey(), Bytes.EMPTY, good)).isFalse();
    }
  }

  @Test
  void keysThatCancelEachOtherOutVerifyNothing() {
    HashedMessage message = HashedMessage.of(ROOT);
    byte[] one = new byte[32];
    one[31] = 1;
    PublicKey generator = SecretKey.decode(one).orElseThrow().publicKey();
    PublicKey opposite = PublicKey.decode(G1.MINUS_GENERATOR.compressed()).orElseThrow();
    assertThat(
            Bls.fastAggregateVerify(
                List.of(generator, opposite), message, new Signature(StrangePoints.infinity())))
        .isFalse();
  }

  @Test
  void refusesAPublicKeyInUncompressedForm() {
    assertThat(PublicKey.decode(Bytes.wrap(new byte[96]))).isEmpty();
  }
}
