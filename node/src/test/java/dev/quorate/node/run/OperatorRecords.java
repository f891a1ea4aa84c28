/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.SignedMessages;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.persistence.event.EventCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
   * How much of what the operator meant to sign, by its journal, and was granted, by its guard,
   * contradicts another message of the same validator.
   */
  int contradictions() throws SQLException {
    Map<Kind, SignedMessages<Signable>> signed = new HashMap<>();
    int contradictions = 0;
    for (Authorised message : authorised()) {
      SignedMessages<Signable> others =
          signed.computeIfAbsent(
              message.kind(), kind -> new SignedMessages<>(WatermarkKind.of(kind.type())));
      contradictions += others.contradicting(message.signable()).isPresent() ? 1 : 0;
      others.add(message.signable(), message.signable());
    }
    return contradictions;
  }

  /** Messages of one contradict each other if they differ. */
  private record Kind(String key, DutyType type, int part) {}

  private record Authorised(Kind kind, Signable signable) {}

  private List<Authorised> authorised() throws SQLException {
    List<Authorised> authorised = new ArrayList<>();
    for (Row row : journal()) {
      if (row.event() instanceof DutyEvent.Intended intended) {
        DutyId duty = intended.duty();
        authorised.add(
            new Authorised(new Kind(row.key(), duty.type(), duty.part()), intended.signable()));
      }
    }
    try (Connection connection = connect();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT group_key, duty_type, part, root, source, target FROM signing_history");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        authorised.add(
            new Authorised(
                new Kind(
                    Bytes.of(rows.getBytes(1)).hex(),
                    DutyType.ofCode(rows.getInt(2)).orElseThrow(),
                    rows.getInt(3)),
                new Signable(Bytes32.of(rows.getBytes(4)), rows.getLong(5), rows.getLong(6))));
      }
    }
    return authorised;
  }

  private Connection connect() throws SQLException {
    Connection connection = postgres.connect(ProcessNetwork.database(operator));
    connection.setSchema(ProcessNetwork.SCHEMA);
    return connection;
  }
}
