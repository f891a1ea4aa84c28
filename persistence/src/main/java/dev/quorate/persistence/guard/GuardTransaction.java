/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One group of requests decided in one transaction: {@link Quarantine#refusal}, then {@link
 * SigningRule#decide} as SQL. Gives what deciding them one by one in their order would give.
 */
final class GuardTransaction implements AutoCloseable {
  /** One request. */
  record Ask(Bytes groupKey, DutyId duty, Signable signable) {
    Optional<WatermarkKind> kind() {
      return WatermarkKind.of(duty.type());
    }

    /** The row that decides it: requests for different rows do not touch each other. */
    private Row row() {
      return kind()
          .map(known -> new Row(groupKey, known.code(), -1, 0))
          .orElseGet(() -> new Row(groupKey, duty.type().code(), signable.target(), duty.part()));
    }
  }

  private record Row(Bytes groupKey, int code, long target, int part) implements Comparable<Row> {
    private static final Comparator<Row> ORDER =
        Comparator.comparing(Row::groupKey)
            .thenComparingInt(Row::code)
            .thenComparingLong(Row::target)
            .thenComparingInt(Row::part);

    @Override
    public int compareTo(Row other) {
      return ORDER.compare(this, other);
    }
  }

  /**
   * How far below the target of a new grant the history of attestations reaches, in epochs: a month
   * of the main network. Nothing rests on it, for the watermark refuses whatever is below it.
   */
  static final long EPOCHS_KEPT = 7_200;

  /** Older grants of a key are looked for at every target that is a multiple of it. */
  static final long TARGETS_AT_A_TIME = 32;

  /** Deleted at a time, from the lowest on: who was away for long catches up in steps. */
  static final long EPOCHS_DELETED_MAX = 256;

  /**
   * How far below a new grant the history of duties reaches that have no watermark, in slots: a day
   * of the main network. They are of use in their slot alone, and none of them can be slashed.
   */
  static final long SLOTS_KEPT = 8_192;

  private final byte[] genesisRoot;
  private final Optional<Quarantine> quarantine;
  private final Set<Bytes> fenced;
  private final PreparedStatement raise;
  private final PreparedStatement readWatermark;
  private final PreparedStatement insertWatermark;
  private final PreparedStatement readHistory;
  private final PreparedStatement insertHistory;
  private final PreparedStatement deleteHistory;

  GuardTransaction(OperatorDatabase database, Connection connection, byte[] genesisRoot)
      throws SQLException {
    this.genesisRoot = genesisRoot;
    this.fenced = ShareFence.held(connection, database);
    this.quarantine = QuarantineRow.read(connection);
    this.raise =
        connection.prepareStatement(
            "UPDATE signing_watermark SET source = ?, target = ?, root = ?"
                + " WHERE genesis_root = ? AND group_key = ? AND kind = ?"
                + " AND source <= ? AND target < ?");
    this.readWatermark =
        connection.prepareStatement(
            "SELECT target, root FROM signing_watermark"
                + " WHERE genesis_root = ? AND group_key = ? AND kind = ?");
    this.insertWatermark =
        connection.prepareStatement(
            "INSERT INTO signing_watermark (source, target, root, genesis_root, group_key, kind)"
                + " VALUES (?, ?, ?, ?, ?, ?)");
    this.readHistory =
        connection.prepareStatement(
            "SELECT root FROM signing_history"
                + " WHERE genesis_root = ? AND group_key = ? AND duty_type = ? AND target = ?"
                + " AND part = ?");
    this.insertHistory =
        connection.prepareStatement(
            "INSERT INTO signing_history"
                + " (genesis_root, group_key, duty_type, target, part, slot, source, root)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    this.deleteHistory =
        connection.prepareStatement(
            "DELETE FROM signing_history"
                + " WHERE genesis_root = ? AND group_key = ? AND duty_type = ? AND target < ?"
                + " AND target < ? + (SELECT MIN(target) FROM signing_history"
                + " WHERE genesis_root = ? AND group_key = ? AND duty_type = ?)");
  }

  /**
   * Decides in the order of the rows, so that two processes never wait for each other in a circle.
   * A row is asked once per wave, since a batch tells only afterwards which of its updates counted.
   */
  List<GuardVerdict> decide(List<Ask> asks) throws SQLException {
    GuardVerdict[] verdicts = new GuardVerdict[asks.size()];
    for (int i = 0; i < verdicts.length; i++) {
      Optional<Reason> refusal = refusal(asks.get(i));
      if (refusal.isPresent()) {
        verdicts[i] = new GuardVerdict.Refused(refusal.get());
      }
    }
    List<Integer> open =
        IntStream.range(0, asks.size())
            .filter(i -> verdicts[i] == null)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> asks.get(i).row()))
            .toList();
    while (!open.isEmpty()) {
      Set<Row> inWave = new HashSet<>();
      List<Integer> wave = new ArrayList<>();
      List<Integer> later = new ArrayList<>();
      for (int i : open) {
        (inWave.add(asks.get(i).row()) ? wave : later).add(i);
      }
      decideWave(asks, wave, verdicts);
      open = later;
    }
    return List.copyOf(Arrays.asList(verdicts));
  }

  /** What is refused whatever the rows say. */
  private Optional<Reason> refusal(Ask ask) {
    return fenced.contains(ask.groupKey())
        ? Optional.of(Reason.SHARE_DELETED)
        : quarantine.flatMap(held -> held.refusal(ask.kind(), ask.duty().slot(), ask.signable()));
  }

  private void decideWave(List<Ask> asks, List<Integer> wave, GuardVerdict[] verdicts)
      throws SQLException {
    List<Integer> watermarked = wave.stream().filter(i -> asks.get(i).kind().isPresent()).toList();
    for (int i : watermarked) {
      Ask ask = asks.get(i);
      bindWatermark(raise, ask);
      raise.setLong(7, ask.signable().source());
      raise.setLong(8, ask.signable().target());
      raise.addBatch();
    }
    int[] raised = raise.executeBatch();
    for (int j = 0; j < raised.length; j++) {
      Ask ask = asks.get(watermarked.get(j));
      verdicts[watermarked.get(j)] = raised[j] == 1 ? grant(ask) : decideUnraised(ask);
    }
    for (int i : wave) {
      if (asks.get(i).kind().isEmpty()) {
        verdicts[i] = decideByHistory(asks.get(i));
      }
    }
    insertWatermark.executeBatch();
    insertHistory.executeBatch();
    deleteHistory.executeBatch();
  }

  /** The update did not count: the row is missing, equal or beyond. */
  private GuardVerdict decideUnraised(Ask ask) throws SQLException {
    readWatermark.setBytes(1, genesisRoot);
    readWatermark.setBytes(2, ask.groupKey().toArray());
    readWatermark.setInt(3, ask.kind().orElseThrow().code());
    try (ResultSet row = readWatermark.executeQuery()) {
      if (!row.next()) {
        bindWatermark(insertWatermark, ask);
        insertWatermark.addBatch();
        return grant(ask);
      }
      return row.getLong(1) == ask.signable().target() && isRoot(row.getBytes(2), ask)
          ? new GuardVerdict.Granted()
          : new GuardVerdict.Refused(Reason.SLASHABLE);
    }
  }

  private GuardVerdict decideByHistory(Ask ask) throws SQLException {
    readHistory.setBytes(1, genesisRoot);
    readHistory.setBytes(2, ask.groupKey().toArray());
    readHistory.setInt(3, ask.duty().type().code());
    readHistory.setLong(4, ask.signable().target());
    readHistory.setInt(5, ask.duty().part());
    try (ResultSet row = readHistory.executeQuery()) {
      if (!row.next()) {
        return grant(ask);
      }
      return isRoot(row.getBytes(1), ask)
          ? new GuardVerdict.Granted()
          : new GuardVerdict.Refused(Reason.SLASHABLE);
    }
  }

  private GuardVerdict grant(Ask ask) throws SQLException {
    insertHistory.setBytes(1, genesisRoot);
    insertHistory.setBytes(2, ask.groupKey().toArray());
    insertHistory.setInt(3, ask.duty().type().code());
    insertHistory.setLong(4, ask.signable().target());
    insertHistory.setInt(5, ask.duty().part());
    insertHistory.setLong(6, ask.duty().slot());
    insertHistory.setLong(7, ask.signable().source());
    insertHistory.setBytes(8, ask.signable().root().toArray());
    insertHistory.addBatch();
    if (ask.signable().target() % TARGETS_AT_A_TIME == 0) {
      if (ask.kind().isEmpty()) {
        forget(ask, SLOTS_KEPT, SLOTS_KEPT);
      } else if (ask.kind().get() == WatermarkKind.ATTESTATION) {
        forget(ask, EPOCHS_KEPT, EPOCHS_DELETED_MAX);
      }
    }
    return new GuardVerdict.Granted();
  }

  private void forget(Ask ask, long kept, long deletedMax) throws SQLException {
    deleteHistory.setBytes(1, genesisRoot);
    deleteHistory.setBytes(2, ask.groupKey().toArray());
    deleteHistory.setInt(3, ask.duty().type().code());
    deleteHistory.setLong(4, ask.signable().target() - kept);
    deleteHistory.setLong(5, deletedMax);
    deleteHistory.setBytes(6, genesisRoot);
    deleteHistory.setBytes(7, ask.groupKey().toArray());
    deleteHistory.setInt(8, ask.duty().type().code());
    deleteHistory.addBatch();
  }

  private void bindWatermark(PreparedStatement statement, Ask ask) throws SQLException {
    statement.setLong(1, ask.signable().source());
    statement.setLong(2, ask.signable().target());
    statement.setBytes(3, ask.signable().root().toArray());
    statement.setBytes(4, genesisRoot);
    statement.setBytes(5, ask.groupKey().toArray());
    statement.setInt(6, ask.kind().orElseThrow().code());
  }

  /** Not of an imported row: nobody knows what was signed there. */
  private static boolean isRoot(byte @Nullable [] root, Ask ask) {
    return root != null && Bytes32.of(root).equals(ask.signable().root());
  }

  @Override
  public void close() throws SQLException {
    try (raise;
        readWatermark;
        insertWatermark;
        readHistory;
        insertHistory;
        deleteHistory) {
      // Closes all of them, whichever fails.
    }
  }
}
