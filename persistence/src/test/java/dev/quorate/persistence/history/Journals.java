/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import dev.quorate.persistence.history.SigningHistory.Subject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Journals as an entity would write them, of attestations in epochs of 32 slots. */
public final class Journals {
  private static final int SLOTS_PER_EPOCH = 32;

  private Journals() {}

  private static Bytes32 hash(String text) {
    return Bytes32.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes of(int size, String text) {
    byte[] bytes = new byte[size];
    for (int at = 0; at < size; at += 32) {
      hash(text + at).copyTo(bytes, at);
    }
    return Bytes.wrap(bytes);
  }

  /** An attestation for the head that {@code head} names, in the first slot of the target epoch. */
  public static AttestationData data(long source, long target, String head) {
    return new AttestationData(
        target * SLOTS_PER_EPOCH,
        0,
        hash(head),
        new Checkpoint(source, hash("epoch " + source)),
        new Checkpoint(target, hash("epoch " + target)));
  }

  public static DutyId duty(long target) {
    return DutyId.attester(target * SLOTS_PER_EPOCH, 0);
  }

  public static DutyEvent.Intended intended(long source, long target, String head) {
    AttestationData data = data(source, target, head);
    return new DutyEvent.Intended(
        duty(target),
        new Value(data.encode()),
        new Signable(data.hashTreeRoot(), source, target),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE);
  }

  static DutyEvent.Shared shared(long target, String signature) {
    return shared(target, of(192, signature));
  }

  public static DutyEvent.Shared shared(long target, Bytes signature) {
    return new DutyEvent.Shared(duty(target), signature, target);
  }

  static DutyEvent.Completed completed(long target, Optional<Value> value, String signature) {
    return completed(target, value, of(96, signature));
  }

  public static DutyEvent.Completed completed(long target, Optional<Value> value, Bytes signature) {
    return new DutyEvent.Completed(
        duty(target),
        value,
        signature,
        List.of(0, 1, 2),
        List.of(),
        List.of(),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE,
        target);
  }

  /** A duty that went well: three rows. */
  static List<DutyEvent> attested(long source, long target, String head) {
    return List.of(
        intended(source, target, head),
        shared(target, head),
        completed(target, Optional.empty(), head));
  }

  /** Duties of the epochs from {@code first} to {@code last} that went well. */
  static List<DutyEvent> attestedFrom(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .boxed()
        .flatMap(target -> attested(target - 1, target, "head").stream())
        .toList();
  }

  static List<DutyEvent> joined(List<DutyEvent> first, List<DutyEvent> second) {
    List<DutyEvent> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  static List<Row> rows(Point anchor, List<DutyEvent> events) {
    List<Row> rows = new ArrayList<>();
    Point last = anchor;
    for (DutyEvent event : events) {
      ChainedEvent chained = EventCodec.chain(last.hash(), event);
      rows.add(new Row(last.sequence() + 1, chained.encoded()));
      last = rows.getLast().point();
    }
    return rows;
  }

  /** With correct hashes, whatever the events say. */
  public static SigningHistory history(Subject subject, List<DutyEvent> events) {
    return history(subject, Point.NONE, rows(Point.NONE, events));
  }

  static SigningHistory history(Subject subject, Point anchor, List<Row> rows) {
    return new SigningHistory(
        subject, Optional.empty(), anchor, rows, rows.isEmpty() ? anchor : rows.getLast().point());
  }

  /** The part of it behind an event that an operator still has when the others were deleted. */
  public static SigningHistory behind(SigningHistory history, int events) {
    return history(
        history.subject(),
        history.rows().get(events - 1).point(),
        history.rows().subList(events, history.rows().size()));
  }
}
