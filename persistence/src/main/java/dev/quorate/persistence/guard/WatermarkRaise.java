/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.ethereum.slashing.Watermarks;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * {@link Watermarks#raisedTo} as SQL, in two batches. What a guard writes meanwhile is not lost: an
 * UPDATE looks at the row as it is then, and an INSERT that comes second fails the transaction,
 * which is then run again.
 */
final class WatermarkRaise {
  private record Row(Bytes groupKey, WatermarkKind kind, long source, long target) {}

  private WatermarkRaise() {}

  /**
   * @param held what the rows say
   * @return the keys of which a row changed
   */
  static Set<Bytes> in(
      Connection connection,
      byte[] genesisRoot,
      SortedMap<Bytes, Watermarks> held,
      SortedMap<Bytes, Watermarks> watermarks)
      throws SQLException {
    List<Row> lower = new ArrayList<>();
    List<Row> missing = new ArrayList<>();
    watermarks.forEach((key, other) -> {
      Watermarks own = held.getOrDefault(key, Watermarks.NONE);
      Watermarks raised = own.raisedTo(other);
      AttestationWatermark attestation = other.attestation();
      if (!raised.attestation().equals(own.attestation())) {
        (own.attestation().equals(AttestationWatermark.NONE) ? missing : lower)
            .add(
                new Row(
                    key, WatermarkKind.ATTESTATION, attestation.source(), attestation.target()));
      }
      if (!raised.block().equals(own.block())) {
        (own.block().equals(BlockWatermark.NONE) ? missing : lower)
            .add(new Row(key, WatermarkKind.BLOCK, 0, other.block().slot()));
      }
    });
    Set<Bytes> changed = new TreeSet<>();
    update(connection, genesisRoot, lower, changed);
    insert(connection, genesisRoot, missing, changed);
    return changed;
  }

  private static void update(
      Connection connection, byte[] genesisRoot, List<Row> rows, Set<Bytes> changed)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE signing_watermark SET"
                + " root = CASE WHEN source >= ? AND target > ? THEN root END,"
                + " source = GREATEST(source, ?), target = GREATEST(target, ?)"
                + " WHERE genesis_root = ? AND group_key = ? AND kind = ?"
                + " AND (source < ? OR target <= ?)")) {
      for (Row row : rows) {
        for (int at : new int[] {1, 3, 8}) {
          update.setLong(at, row.source());
          update.setLong(at + 1, row.target());
        }
        update.setBytes(5, genesisRoot);
        update.setBytes(6, row.groupKey().toArray());
        update.setInt(7, row.kind().code());
        update.addBatch();
      }
      int[] counts = update.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0) {
          changed.add(rows.get(i).groupKey());
        }
      }
    }
  }

  private static void insert(
      Connection connection, byte[] genesisRoot, List<Row> rows, Set<Bytes> changed)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO signing_watermark (genesis_root, group_key, kind, source, target)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      for (Row row : rows) {
        insert.setBytes(1, genesisRoot);
        insert.setBytes(2, row.groupKey().toArray());
        insert.setInt(3, row.kind().code());
        insert.setLong(4, row.source());
        insert.setLong(5, row.target());
        insert.addBatch();
        changed.add(row.groupKey());
      }
      insert.executeBatch();
    }
  }
}
