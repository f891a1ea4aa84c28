/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.persistence.event.EventCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an operator's database says of its duties, read beside its pods. */
record OperatorRecords(PostgresProcess postgres, int operator) {
  /** A row of the journal, and the public key of the validator that it is of. */
  record Row(String key, DutyEvent event) {}

  List<Row> journal() throws SQLException {
    try (Connection connection = connect();
        PreparedStatement select =
            connection.prepareStatement("SELECT persistence_id, event_payload FROM event_journal");
        ResultSet rows = select.executeQuery()) {
      List<Row> journal = new ArrayList<>();
      while (rows.next()) {
        String id = rows.getString(1);
        journal.add(
            new Row(
                id.substring(id.indexOf('|') + 1),
                EventCodec.decode(Bytes.of(rows.getBytes(2))).event()));
      }
      return journal;
    }
  }

  /** How many validators the operator made a partial signature for in a duty after that slot. */
  long sharedAfter(long slot) throws SQLException {
    return journal().stream()
        .filter(row -> row.event() instanceof DutyEvent.Shared && row.event().duty().slot() > slot)
        .map(Row::key)
        .distinct()
        .count();
  }

  /**
   * What the operator meant to sign, by its journal, and was granted, by its guard: signing roots
   * by validator and target epoch.
   */
  Map<String, Set<String>> signed() throws SQLException {
    Map<String, Set<String>> roots = new HashMap<>();
    for (Row row : journal()) {
      if (row.event() instanceof DutyEvent.Intended intended) {
        roots
            .computeIfAbsent(row.key() + "/" + intended.signable().target(), _ -> new HashSet<>())
            .add(intended.signable().root().hex());
      }
    }
    try (Connection connection = connect();
        PreparedStatement select =
            connection.prepareStatement("SELECT group_key, target, root FROM signing_history");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        roots
            .computeIfAbsent(
                Bytes.of(rows.getBytes(1)).hex() + "/" + rows.getLong(2), _ -> new HashSet<>())
            .add(Bytes.of(rows.getBytes(3)).hex());
      }
    }
    return roots;
  }

  private Connection connect() throws SQLException {
    Connection connection = postgres.connect(ProcessNetwork.database(operator));
    connection.setSchema(ProcessNetwork.SCHEMA);
    return connection;
  }
}
