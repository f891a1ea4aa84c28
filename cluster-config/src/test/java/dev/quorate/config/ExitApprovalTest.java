/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.identity.IdentityKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExitApprovalTest {
  private static final IdentityKey OPERATOR = IdentityKey.generate(new SecureRandom());
  private static final IdentityKey OTHER = IdentityKey.generate(new SecureRandom());
  private static final Bytes32 CLUSTER = Bytes32.sha256("cluster".getBytes(StandardCharsets.UTF_8));
  private static final Bytes KEY = Bytes.fromHex("ab".repeat(48));
  private static final ExitApproval APPROVAL = ExitApproval.sign(OPERATOR, CLUSTER, KEY, 8_192);

  @Test
  void isTheOperatorsWhoSignedIt() {
    assertThat(APPROVAL.isBy(OPERATOR.publicKey(), CLUSTER)).isTrue();
    assertThat(APPROVAL.isBy(OTHER.publicKey(), CLUSTER)).isFalse();
  }

  @Test
  void isOfNoOtherClusterValidatorOrPeriod() {
    Bytes signature = APPROVAL.signature();
    assertThat(APPROVAL.isBy(OPERATOR.publicKey(), Bytes32.ZERO)).isFalse();
    assertThat(
            new ExitApproval(Bytes.fromHex("cd".repeat(48)), 8_192, signature)
                .isBy(OPERATOR.publicKey(), CLUSTER))
        .isFalse();
    assertThat(new ExitApproval(KEY, 16_384, signature).isBy(OPERATOR.publicKey(), CLUSTER))
        .isFalse();
  }

  @Test
  void anyOtherSignatureIsNone() {
    byte[] signature = APPROVAL.signature().toArray();
    for (int i : IntStream.range(0, signature.length).toArray()) {
      byte[] changed = signature.clone();
      changed[i] ^= 1;
      assertThat(
              new ExitApproval(KEY, 8_192, Bytes.wrap(changed)).isBy(OPERATOR.publicKey(), CLUSTER))
          .isFalse();
    }
    for (int length : new int[] {0, 1, 63, 65}) {
      assertThat(
              new ExitApproval(KEY, 8_192, Bytes.wrap(new byte[length]))
                  .isBy(OPERATOR.publicKey(), CLUSTER))
          .isFalse();
    }
  }
}
