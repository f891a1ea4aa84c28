/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.fence;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.FenceRule;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.GroupCommit;
import dev.quorate.persistence.store.MarkedWriter;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.Refusals;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/**
 * Decides which activation of an entity may vote in a duty: the one whose row is in the table
 * first. A restarted entity, or a second one elsewhere, finds the row and only follows, so it
 * cannot contradict a vote that the first may have cast. An entity asks before its first consensus
 * message of any kind in a duty.
 *
 * <p>Rows at or below the floor are gone and nothing there is voted in any more. The floor's row is
 * locked by every claim and by pruning, in all processes: a claim cannot slip in between the
 * deletion of an owner and the rise of the floor, and two claims cannot race for a row.
 */
public final class VoteFence implements AutoCloseable {
  /** Claims that may wait: several slots of a large cluster. */
  public static final int QUEUE_MAX = 65_536;

  private static final int GROUP_MAX = 4_096;

  /** One duty of one validator. */
  private record Row(Bytes validatorKey, int dutyType, int part) {}

  private record Claim(Row row, long slot, Bytes activation) {}

  private final OperatorDatabase database;
  private final GroupCommit<Claim, FenceVerdict> commits;
  private volatile boolean isSealed;
  private final Refusals refused = new Refusals();
  private final LongAdder overflows = new LongAdder();

  /** The fence in {@code database}, which stays open longer. */
  public VoteFence(OperatorDatabase database) {
    this.database = database;
    this.commits =
        new GroupCommit<>(
            MarkedWriter.VOTE_FENCE, database, QUEUE_MAX, GROUP_MAX, VoteFence::decide);
  }

  /**
   * Asks for the right to vote in {@code duty}. Asking again as the same activation gives the same
   * answer until the slot is pruned.
   *
   * @param groupKey the validator's public key, 48 bytes
   * @return owned when the row is on disk; {@link Reason#FENCED} if it is another activation's,
   *     {@link Reason#TOO_LATE} at or below the floor, {@link Reason#QUARANTINED} where a vote may
   *     have been forgotten, {@link Reason#INTERNAL_FAILURE} at once if too many wait. The stage
   *     fails with {@link DatabaseFailedException} if the transaction did
   */
  public CompletionStage<FenceVerdict> claim(Bytes groupKey, DutyId duty, Activation activation) {
    return answer(groupKey, duty, activation).thenApply(this::counted);
  }

  private FenceVerdict counted(FenceVerdict verdict) {
    if (verdict instanceof FenceVerdict.Foreign(Reason reason)) {
      refused.add(reason);
    }
    return verdict;
  }

  private CompletionStage<FenceVerdict> answer(Bytes groupKey, DutyId duty, Activation activation) {
    if (isSealed) {
      return CompletableFuture.completedStage(new FenceVerdict.Foreign(Reason.QUARANTINED));
    }
    Row row = new Row(groupKey, duty.type().code(), duty.part());
    return commits
        .submit(new Claim(row, duty.slot(), activation.id()))
        .orElseGet(() -> {
          overflows.increment();
          return CompletableFuture.completedStage(
              new FenceVerdict.Foreign(Reason.INTERNAL_FAILURE));
        });
  }

  /** Lets nobody vote until {@link #unseal}: nobody knows yet who voted in what. */
  public void seal() {
    isSealed = true;
  }

  public void unseal() {
    isSealed = false;
  }

  /**
   * Deletes the rows below a slot and raises the floor to the slot before it; a floor that is
   * higher stays. Blocks for one transaction.
   *
   * @throws DatabaseFailedException if the transaction failed
   */
  public void prune(long belowSlot) {
    try {
      database.inTransaction(connection -> {
        long floor = Math.max(lockFloor(connection), belowSlot - 1);
        try (PreparedStatement raise =
                connection.prepareStatement("UPDATE vote_fence_floor SET slot = ?");
            PreparedStatement delete =
                connection.prepareStatement("DELETE FROM vote_fence WHERE slot <= ?")) {
          raise.setLong(1, floor);
          raise.executeUpdate();
          delete.setLong(1, floor);
          return delete.executeUpdate();
        }
      });
    } catch (SQLException failure) {
      throw new DatabaseFailedException("pruning the vote fence", failure);
    }
  }

  /** Claims that were refused since the start. */
  public Map<Reason, Long> refused() {
    return refused.sums();
  }

  /** Claims that were refused because too many waited. */
  public long overflows() {
    return overflows.sum();
  }

  /** Answers what waits, then ends. */
  @Override
  public void close() {
    commits.close();
  }

  private static List<FenceVerdict> decide(Connection connection, List<Claim> claims)
      throws SQLException {
    long floor = lockFloor(connection);
    Optional<Quarantine> quarantine = QuarantineRow.read(connection);
    Map<Long, Map<Row, Bytes>> owners = new HashMap<>();
    List<FenceVerdict> verdicts = new ArrayList<>(claims.size());
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO vote_fence (slot, validator_key, duty_type, part, activation)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      for (Claim claim : claims) {
        if (quarantine.isPresent() && quarantine.get().forbidsVotes(claim.slot())) {
          verdicts.add(new FenceVerdict.Foreign(Reason.QUARANTINED));
          continue;
        }
        Map<Row, Bytes> ownersOfSlot = owners.get(claim.slot());
        if (ownersOfSlot == null) {
          ownersOfSlot = owners(connection, claim.slot());
          owners.put(claim.slot(), ownersOfSlot);
        }
        Optional<Bytes> owner = Optional.ofNullable(ownersOfSlot.get(claim.row()));
        FenceVerdict verdict = FenceRule.judge(claim.slot(), floor, owner, claim.activation());
        if (verdict instanceof FenceVerdict.Owned && owner.isEmpty()) {
          ownersOfSlot.put(claim.row(), claim.activation());
          insert.setLong(1, claim.slot());
          insert.setBytes(2, claim.row().validatorKey().toArray());
          insert.setInt(3, claim.row().dutyType());
          insert.setInt(4, claim.row().part());
          insert.setBytes(5, claim.activation().toArray());
          insert.addBatch();
        }
        verdicts.add(verdict);
      }
      insert.executeBatch();
    }
    return verdicts;
  }

  private static long lockFloor(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT slot FROM vote_fence_floor FOR UPDATE")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static Map<Row, Bytes> owners(Connection connection, long slot) throws SQLException {
    Map<Row, Bytes> owners = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT validator_key, duty_type, part, activation FROM vote_fence WHERE slot = ?")) {
      select.setLong(1, slot);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          owners.put(
              new Row(Bytes.wrap(row.getBytes(1)), row.getInt(2), row.getInt(3)),
              Bytes.wrap(row.getBytes(4)));
        }
      }
    }
    return owners;
  }
}
