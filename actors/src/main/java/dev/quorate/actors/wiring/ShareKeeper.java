/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.sign.EmbeddedShares;
import dev.quorate.actors.sign.KeyDesk;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.Protection;
import dev.quorate.config.ShareStore;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.guard.ShareFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.keystore.KeystoreProblem;
import dev.quorate.signing.keystore.KeystoreReader;
import dev.quorate.signing.keystore.KeystoreResult;
import dev.quorate.signing.keystore.KeystoreWriter;
import dev.quorate.signing.keystore.Password;
import dev.quorate.signing.threshold.SharedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Keeps folder, memory and guard in step while key shares come and go. A share signs only if it is
 * in memory and the {@link ShareFence} lets it, so the orders are these: out: fence, memory, file;
 * in: history, file, fence, memory. Whoever dies in between finds a fence at the next start, or a
 * share that was whole.
 */
public final class ShareKeeper implements KeyDesk {
  private static final String HISTORY = "slashing_protection";

  private static final String WITHOUT_HISTORY =
      "it was deleted here, and may have signed elsewhere since: import it with its "
          + HISTORY
          + ", the one that its deletion answered if it did not";

  /**
   * What it is made of.
   *
   * @param position of the operator in the cluster file
   * @param folder with the key stores
   * @param shares empty: they are elsewhere
   * @param sealed whether nobody knows yet what was signed
   */
  public record Parts(
      ClusterFile cluster,
      int position,
      Path folder,
      Optional<EmbeddedShares> shares,
      OperatorDatabase database,
      SigningGuard guard,
      SigningGuard.Clock clock,
      BooleanSupplier sealed) {}

  private final Parts parts;
  private final ShareStore store;

  /** By public share. */
  private final Map<PublicKey, Integer> own = new HashMap<>();

  /** By what validators may be named: their key, or this operator's share of it. */
  private final Map<Bytes, Integer> named = new HashMap<>();

  public ShareKeeper(Parts parts) {
    this.parts = parts;
    this.store = new ShareStore(parts.folder(), parts.cluster(), parts.position());
    List<SharedKey> validators = parts.cluster().validators();
    for (int validator = 0; validator < validators.size(); validator++) {
      PublicKey share = validators.get(validator).shares().get(parts.position());
      own.put(share, validator);
      named.put(share.compressed(), validator);
      named.put(group(validator), validator);
    }
  }

  @Override
  public SortedSet<Integer> signing() {
    Set<Bytes> fenced = ShareFence.of(parts.database());
    SortedSet<Integer> held = parts.shares().map(EmbeddedShares::held).orElseGet(TreeSet::new);
    held.removeIf(validator -> fenced.contains(group(validator)));
    return held;
  }

  // ---- in

  @Override
  public synchronized List<Import> take(
      List<String> stores, List<String> passwords, Optional<String> history) {
    if (parts.shares().isEmpty()) {
      return stores.stream().<Import>map(_ -> new Import.Refused(elsewhere())).toList();
    }
    SortedMap<Bytes, Watermarks> signed = history.map(this::importable).orElseGet(TreeMap::new);
    parts.guard().raise(signed);
    // Who has it back may have signed with it meanwhile.
    Set<Bytes> unknown = new HashSet<>(ShareFence.of(parts.database()));
    unknown.removeAll(signed.keySet());
    List<Import> outcomes = new ArrayList<>();
    Map<Integer, SecretKey> taken = new TreeMap<>();
    SortedSet<Integer> signing = signing();
    // Stores that share password and salt cost one derivation.
    Map<String, Password> opening = new HashMap<>();
    try (KeystoreReader reader = new KeystoreReader();
        KeystoreWriter writer = store.writer()) {
      for (int i = 0; i < stores.size(); i++) {
        outcomes.add(
            switch (read(reader, opening, stores.get(i), passwords.get(i))) {
              case KeystoreResult.Opened store -> take(store, writer, unknown, signing, taken);
              case KeystoreResult.Refused refused ->
                  new Import.Refused(refused.problem() + ": " + refused.detail());
            });
      }
      ShareFence.lower(parts.database(), taken.keySet().stream().map(this::group).toList());
      EmbeddedShares shares = parts.shares().orElseThrow();
      taken.forEach((validator, key) -> shares.add(validator, parts.position() + 1, key));
      return outcomes;
    } catch (RuntimeException failure) {
      taken.values().forEach(SecretKey::close);
      throw failure;
    } finally {
      opening.values().forEach(Password::close);
    }
  }

  private SortedMap<Bytes, Watermarks> importable(String text) {
    return Protection.read(text, HISTORY)
        .importable(
            HISTORY,
            parts.cluster(),
            parts.position(),
            parts.database().identity().genesisRoot(),
            parts.clock().currentEpoch(),
            parts.clock().currentSlot());
  }

  private static KeystoreResult read(
      KeystoreReader reader, Map<String, Password> opening, String json, String password) {
    Password secret;
    try {
      secret = opening.computeIfAbsent(password, text -> Password.of(text.toCharArray()));
    } catch (IllegalArgumentException notUnicode) {
      return new KeystoreResult.Refused(
          KeystoreProblem.WRONG_PASSWORD, "the password is not valid Unicode");
    }
    return reader.read(Bytes.wrap(json.getBytes(StandardCharsets.UTF_8)), secret);
  }

  private Import take(
      KeystoreResult.Opened opened,
      KeystoreWriter writer,
      Set<Bytes> unknown,
      SortedSet<Integer> signing,
      Map<Integer, SecretKey> taken) {
    Optional<Integer> validator = Optional.ofNullable(own.get(opened.key().publicKey()));
    Optional<Import> problem =
        validator.isEmpty()
            ? Optional.of(new Import.Refused(foreign(opened.key().publicKey())))
            : signing.contains(validator.get()) || taken.containsKey(validator.get())
                ? Optional.of(new Import.Duplicate())
                : unknown.contains(group(validator.get()))
                    ? Optional.of(new Import.Refused(WITHOUT_HISTORY))
                    : write(writer, validator.get(), opened);
    if (problem.isPresent()) {
      opened.key().close();
    } else {
      taken.put(validator.orElseThrow(), opened.key());
    }
    return problem.orElseGet(Import.Imported::new);
  }

  private Optional<Import> write(
      KeystoreWriter writer, int validator, KeystoreResult.Opened opened) {
    try {
      store.write(writer, validator, opened.key(), opened.path());
      return Optional.empty();
    } catch (IOException failure) {
      return Optional.of(new Import.Refused("it cannot be stored: " + failure));
    }
  }

  /** What somebody else's key is, as far as the cluster file tells. */
  private String foreign(PublicKey key) {
    for (SharedKey validator : parts.cluster().validators()) {
      if (validator.group().equals(key)) {
        return "it is the whole key of the validator "
            + validator.group()
            + ": nobody is to have it; import this operator's share of it";
      }
      int other = validator.shares().indexOf(key);
      if (other >= 0) {
        return "it is the share of %s of the validator %s; import this operator's own"
            .formatted(parts.cluster().operators().get(other).name(), validator.group());
      }
    }
    return key + " is no share of a validator of this cluster";
  }

  // ---- out

  @Override
  public synchronized Removals remove(List<Bytes> keys) {
    Set<Integer> asked = new TreeSet<>();
    keys.forEach(key -> named(key).ifPresent(asked::add));
    Map<Integer, Removal> removed = new HashMap<>();
    if (parts.shares().isEmpty()) {
      asked.forEach(validator -> removed.put(validator, new Removal.Failed(elsewhere())));
    } else {
      Set<Bytes> news =
          ShareFence.raise(parts.database(), asked.stream().map(this::group).toList());
      EmbeddedShares shares = parts.shares().get();
      SortedSet<Integer> held = shares.held();
      for (int validator : asked) {
        shares.remove(validator);
        removed.put(
            validator,
            delete(validator, held.contains(validator) && news.contains(group(validator))));
      }
    }
    SortedMap<Bytes, Watermarks> history = new TreeMap<>();
    Optional<Quarantine> quarantine = QuarantineRow.read(parts.database());
    List<Removal> outcomes = new ArrayList<>();
    for (Bytes key : keys) {
      Removal outcome =
          named(key)
              .flatMap(validator -> Optional.ofNullable(removed.get(validator)))
              .orElseGet(Removal.NotFound::new);
      outcomes.add(outcome);
      switch (outcome) {
        case Removal.Deleted _, Removal.NotActive _ -> {
          Watermarks held = parts.guard().watermarks(group(named(key).orElseThrow()));
          history.put(key, quarantine.map(known -> known.raised(held)).orElse(held));
        }
        case Removal.NotFound _, Removal.Failed _ -> {}
      }
    }
    return new Removals(
        outcomes,
        new String(
            new Protection(parts.database().identity().genesisRoot(), history).toJson(),
            StandardCharsets.UTF_8));
  }

  private Removal delete(int validator, boolean signed) {
    try {
      store.delete(validator);
    } catch (IOException failure) {
      return new Removal.Failed(
          "it signs no more, but its key store is still there: "
              + failure
              + "; remove it, ask again");
    }
    return parts.sealed().getAsBoolean()
        ? new Removal.Failed(
            "it signs no more, but nobody knows yet what it signed: ask again once the pod is ready")
        : signed ? new Removal.Deleted() : new Removal.NotActive();
  }

  // ---- both

  private Optional<Integer> named(Bytes key) {
    return Optional.ofNullable(named.get(key));
  }

  private Bytes group(int validator) {
    return parts.cluster().validators().get(validator).group().compressed();
  }

  private static String elsewhere() {
    return "key shares are with a remote signer or a validator client: manage them there";
  }
}
