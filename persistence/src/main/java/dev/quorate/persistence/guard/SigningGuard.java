/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.guard.GuardTransaction.Ask;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.GroupCommit;
import dev.quorate.persistence.store.MarkedWriter;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.Refusals;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/**
 * Decides whether a key share may sign: EIP-3076 as one watermark per (genesis root, GROUP key,
 * kind), so that refreshed and imported shares inherit it. Every signature passes it, also one that
 * was journaled as intended before a restart; it knows nothing of journal and entities and holds
 * when they are wrong, and when several processes run on one database.
 *
 * <p>The rule is {@link SigningRule}, what it says of watermarks as one conditional UPDATE: it
 * grants when the row counts. Otherwise the row is read: the same target with the same root was
 * granted before and is granted again, a missing row is inserted, anything else is refused. If
 * another process inserts the same row first, the key violation rolls the group back and it is
 * decided again with that row in sight.
 */
public final class SigningGuard implements AutoCloseable {
  /** Requests that may wait. */
  public static final int QUEUE_MAX = 16_384;

  private static final int GROUP_MAX = 1_024;

  /** A compressed BLS public key. */
  private static final int KEY_BYTES = 48;

  /** The chain's time by this operator's own clock. */
  public interface Clock {
    long currentEpoch();

    long currentSlot();
  }

  private final OperatorDatabase database;
  private final Clock clock;
  private final byte[] genesisRoot;
  private final GroupCommit<Ask, GuardVerdict> commits;
  private volatile boolean isSealed;
  private final LongAdder overflows = new LongAdder();
  private final LongAdder granted = new LongAdder();
  private final Refusals refused = new Refusals();

  /** The guard in {@code database}, which stays open longer. */
  public SigningGuard(OperatorDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
    this.genesisRoot = database.identity().genesisRoot().toArray();
    this.commits =
        new GroupCommit<>(MarkedWriter.SIGNING_GUARD, database, QUEUE_MAX, GROUP_MAX, this::decide);
  }

  /**
   * Asks for the right to sign. A granted root is granted again whenever it is asked for, until a
   * higher one of its kind is.
   *
   * @param groupKey the validator's public key (not the share's), 48 bytes
   * @return granted when the watermark is on disk; {@link Reason#SLASHABLE}, {@link
   *     Reason#BEYOND_CLOCK}, {@link Reason#QUARANTINED}, {@link Reason#SHARE_DELETED}, or {@link
   *     Reason#INTERNAL_FAILURE} at once if too many wait. The stage fails with {@link
   *     DatabaseFailedException} if the transaction did
   */
  public CompletionStage<GuardVerdict> ask(Bytes groupKey, DutyId duty, Signable signable) {
    return ask(new Ask(groupKey, duty, signable)).thenApply(this::counted);
  }

  /** Refuses everything until {@link #unseal}: nobody knows yet what was signed. */
  public void seal() {
    isSealed = true;
  }

  public void unseal() {
    isSealed = false;
  }

  private GuardVerdict counted(GuardVerdict verdict) {
    switch (verdict) {
      case GuardVerdict.Granted _ -> granted.increment();
      case GuardVerdict.Refused(Reason reason) -> refused.add(reason);
    }
    return verdict;
  }

  CompletionStage<GuardVerdict> ask(Ask ask) {
    requireKey(ask.groupKey());
    Optional<Reason> refusal =
        isSealed
            ? Optional.of(Reason.QUARANTINED)
            : SigningRule.refusal(
                ask.duty().type(), ask.signable(), clock.currentEpoch(), clock.currentSlot());
    if (refusal.isPresent()) {
      return CompletableFuture.completedStage(new GuardVerdict.Refused(refusal.get()));
    }
    return commits
        .submit(ask)
        .orElseGet(() -> {
          overflows.increment();
          return CompletableFuture.completedStage(
              new GuardVerdict.Refused(Reason.INTERNAL_FAILURE));
        });
  }

  /**
   * Raises watermarks to at least these, all or none: for the import of an EIP-3076 interchange
   * file, beside guards that sign. None is ever lowered; a row that is not clearly above forgets
   * its root ({@link Watermarks#raisedTo}). Rows that are above are not touched, so nobody waits
   * for them. Blocks for one transaction.
   *
   * @param watermarks by public key, 48 bytes
   * @return the keys of which something changed
   * @throws DatabaseFailedException if the transaction failed; raising again does no harm
   */
  public Set<Bytes> raise(SortedMap<Bytes, Watermarks> watermarks) {
    watermarks.keySet().forEach(SigningGuard::requireKey);
    try {
      return database.inTransaction(
          connection -> WatermarkRaise.in(connection, genesisRoot, held(connection), watermarks));
    } catch (SQLException failure) {
      throw new DatabaseFailedException("raising watermarks", failure);
    }
  }

  /** All watermarks of this chain by public key: what an EIP-3076 export holds. */
  public SortedMap<Bytes, Watermarks> watermarks() {
    try (Connection connection = database.dataSource().getConnection()) {
      return held(connection);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the watermarks", failure);
    }
  }

  private SortedMap<Bytes, Watermarks> held(Connection connection) throws SQLException {
    SortedMap<Bytes, Watermarks> watermarks = new TreeMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT kind, source, target, root, group_key FROM signing_watermark"
                + " WHERE genesis_root = ?")) {
      select.setBytes(1, genesisRoot);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Bytes groupKey = Bytes.wrap(row.getBytes(5));
          Watermarks held = watermarks.getOrDefault(groupKey, Watermarks.NONE);
          watermarks.put(groupKey, with(row, held));
        }
      }
    }
    return watermarks;
  }

  /** The watermarks of one key on this chain, {@link Watermarks#NONE} if it signed nothing. */
  public Watermarks watermarks(Bytes groupKey) {
    try (Connection connection = database.dataSource().getConnection()) {
      return held(connection, database.identity().genesisRoot(), groupKey);
    } catch (SQLException failure) {
      throw new DatabaseFailedException("reading the watermarks of a key", failure);
    }
  }

  /**
   * The watermarks of one key, read in a transaction that rests on them: whatever else happens
   * meanwhile, they only rise.
   */
  public static Watermarks held(Connection connection, Bytes32 genesisRoot, Bytes groupKey)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT kind, source, target, root FROM signing_watermark"
                + " WHERE genesis_root = ? AND group_key = ?")) {
      select.setBytes(1, genesisRoot.toArray());
      select.setBytes(2, groupKey.toArray());
      Watermarks held = Watermarks.NONE;
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          held = with(row, held);
        }
      }
      return held;
    }
  }

  /**
   * Whether the guard would refuse {@code signable} again, whatever its root. Of a duty type that
   * EIP-3076 does not know the guard keeps every root that it granted for a day.
   */
  public static boolean hasPassed(Watermarks held, DutyType type, Signable signable) {
    return WatermarkKind.of(type)
        .map(kind ->
            switch (kind) {
              case ATTESTATION -> signable.target() < held.attestation().target();
              case BLOCK -> signable.target() < held.block().slot();
            })
        .orElse(true);
  }

  /**
   * @param row kind, source, target, root
   */
  private static Watermarks with(ResultSet row, Watermarks held) throws SQLException {
    long target = row.getLong(3);
    Optional<Bytes32> root = Optional.ofNullable(row.getBytes(4)).map(Bytes32::of);
    return switch (WatermarkKind.ofCode(row.getInt(1))) {
      case ATTESTATION ->
          new Watermarks(new AttestationWatermark(row.getLong(2), target, root), held.block());
      case BLOCK -> new Watermarks(held.attestation(), new BlockWatermark(target, root));
    };
  }

  /** Requests that were granted since the start. */
  public long granted() {
    return granted.sum();
  }

  /** Requests that were refused since the start. */
  public Map<Reason, Long> refused() {
    return refused.sums();
  }

  /** Requests that were refused because too many waited. */
  public long overflows() {
    return overflows.sum();
  }

  /** Answers what waits, then ends. */
  @Override
  public void close() {
    commits.close();
  }

  private List<GuardVerdict> decide(Connection connection, List<Ask> asks) throws SQLException {
    try (GuardTransaction transaction = new GuardTransaction(database, connection, genesisRoot)) {
      return transaction.decide(asks);
    }
  }

  private static void requireKey(Bytes groupKey) {
    if (groupKey.size() != KEY_BYTES) {
      throw new IllegalArgumentException(
          "a public key has " + KEY_BYTES + " bytes, not " + groupKey.size());
    }
  }
}
