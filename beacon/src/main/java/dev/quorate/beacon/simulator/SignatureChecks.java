/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.batch.SameMessageBatch;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Verifies what the chain's validators are said to have signed. Safe for use by many threads. */
final class SignatureChecks {
  private final SecureRandom random = new SecureRandom();
  private final Map<Bytes, PublicKey> keys;

  /**
   * That all of these have signed one root.
   *
   * @param pubkeys of validators under test; one may stand there several times, as its signature
   *     does in the sum
   * @param signature the sum of theirs
   */
  record Claim(List<Bytes> pubkeys, Bytes32 signingRoot, Bytes signature) {
    Claim {
      pubkeys = List.copyOf(pubkeys);
    }

    static Claim of(Bytes pubkey, Bytes32 signingRoot, Bytes signature) {
      return new Claim(List.of(pubkey), signingRoot, signature);
    }
  }

  /**
   * @throws IllegalArgumentException if a public key of the configuration is none
   */
  SignatureChecks(ChainConfig config) {
    this.keys =
        config.publicKeys().stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    key ->
                        PublicKey.decode(key)
                            .orElseThrow(
                                () -> new IllegalArgumentException("no public key: " + key))));
  }

  /** Those that are true, verified together where one key each has signed the same. */
  Set<Claim> genuine(Collection<Claim> claims) {
    Map<Bytes32, List<Claim>> bySigningRoot = new LinkedHashMap<>();
    for (Claim claim : new LinkedHashSet<>(claims)) {
      bySigningRoot.computeIfAbsent(claim.signingRoot(), _ -> new ArrayList<>()).add(claim);
    }
    Set<Claim> genuine = new HashSet<>();
    bySigningRoot.forEach((root, group) -> verify(HashedMessage.of(root), group, genuine));
    return genuine;
  }

  private void verify(HashedMessage message, List<Claim> group, Set<Claim> genuine) {
    List<Claim> single = new ArrayList<>();
    List<SameMessageBatch.Entry> entries = new ArrayList<>();
    for (Claim claim : group) {
      Optional<Signature> signature = Signature.decode(claim.signature());
      List<PublicKey> signers = claim.pubkeys().stream().map(keys::get).toList();
      if (signature.isEmpty() || signature.get().isInfinity()) {
        continue;
      }
      if (signers.size() == 1) {
        single.add(claim);
        entries.add(new SameMessageBatch.Entry(signers.getFirst(), signature.get()));
      } else if (Bls.fastAggregateVerify(signers, message, signature.get())) {
        genuine.add(claim);
      }
    }
    Set<Integer> wrong = SameMessageBatch.verify(message, entries, random).invalid();
    for (int position = 0; position < single.size(); position++) {
      if (!wrong.contains(position)) {
        genuine.add(single.get(position));
      }
    }
  }
}
