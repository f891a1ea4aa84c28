/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.Decoded;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the links of one pod did, for metrics, tests and reports. Written by the links' threads,
 * read by anyone at any time.
 */
public final class PeerCounters {
  /** Where refusals of connections are counted that never proved a key of the cluster. */
  public static final int NOBODY = -1;

  private final List<OfPeer> peers;
  private final OfPeer nobody = new OfPeer();
  private final LongAdder signaturesMade = new LongAdder();
  private final LongAdder signaturesVerified = new LongAdder();

  public PeerCounters(int operators) {
    peers = Stream.generate(OfPeer::new).limit(operators).toList();
  }

  /**
   * What a peer's pod says of itself, and how far away it is, as long as the link to it is open.
   *
   * @param release version of its software
   * @param roundTrip of the last probe
   * @param clockOffsetMillis how far its clock is ahead of the own one, give or take half the round
   *     trip
   */
  public record Vitals(String pod, String release, Duration roundTrip, long clockOffsetMillis) {}

  /**
   * The counts since the start. Frames do not include greetings and keep-alives; bytes are plain
   * text with length prefixes.
   *
   * @param framesDropped not sent because the link was down or its queue full
   * @param linksOpened sending links, that is attempts that ended well
   * @param refusals of messages, frames and connections
   */
  public record Counts(
      long framesSent,
      long bytesSent,
      long framesReceived,
      long bytesReceived,
      long framesDropped,
      long linksOpened,
      Map<Reason, Long> refusals) {
    public Counts {
      refusals = Map.copyOf(refusals);
    }

    public long refusals(Reason reason) {
      return refusals.getOrDefault(reason, 0L);
    }

    private Counts plus(Counts other) {
      Map<Reason, Long> sum = new EnumMap<>(Reason.class);
      refusals.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
      other.refusals.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
      return new Counts(
          framesSent + other.framesSent,
          bytesSent + other.bytesSent,
          framesReceived + other.framesReceived,
          bytesReceived + other.bytesReceived,
          framesDropped + other.framesDropped,
          linksOpened + other.linksOpened,
          sum);
    }
  }

  /**
   * @param operator the peer, or {@link #NOBODY}
   */
  public Counts of(int operator) {
    return peer(operator).counts();
  }

  /**
   * @return empty before the first probe came back, and while the link is down
   */
  public Optional<Vitals> vitals(int operator) {
    return peer(operator).vitals;
  }

  /** Of all peers, {@link #NOBODY} included. */
  public Counts total() {
    return IntStream.range(0, peers.size())
        .mapToObj(this::of)
        .reduce(nobody.counts(), Counts::plus);
  }

  public long signaturesMade() {
    return signaturesMade.sum();
  }

  public long signaturesVerified() {
    return signaturesVerified.sum();
  }

  void sent(int operator, int bytes) {
    peer(operator).framesSent.increment();
    peer(operator).bytesSent.add(bytes);
  }

  void dropped(int operator, int frames) {
    peer(operator).framesDropped.add(frames);
  }

  void opened(int operator) {
    peer(operator).linksOpened.increment();
  }

  void closed(int operator) {
    peer(operator).vitals = Optional.empty();
  }

  /** Keeps what a peer said last, until its link closes. */
  public void answered(int operator, Vitals vitals) {
    peer(operator).vitals = Optional.of(vitals);
  }

  void received(int operator, int bytes, Decoded decoded) {
    peer(operator).framesReceived.increment();
    peer(operator).bytesReceived.add(bytes);
    signaturesVerified.add(decoded.signaturesVerified());
    decoded.refusals().forEach((reason, count) -> peer(operator).refusal(reason).add(count));
  }

  /** Counts a message that was not handed on. */
  public void refused(int operator, Reason reason) {
    peer(operator).refusal(reason).increment();
  }

  void signed(int signatures) {
    signaturesMade.add(signatures);
  }

  private OfPeer peer(int operator) {
    return operator == NOBODY ? nobody : peers.get(operator);
  }

  private static final class OfPeer {
    final LongAdder framesSent = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder framesReceived = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder framesDropped = new LongAdder();
    final LongAdder linksOpened = new LongAdder();
    final Map<Reason, LongAdder> refusals = new ConcurrentHashMap<>();
    volatile Optional<Vitals> vitals = Optional.empty();

    LongAdder refusal(Reason reason) {
      return refusals.computeIfAbsent(reason, _ -> new LongAdder());
    }

    Counts counts() {
      Map<Reason, Long> byReason = new EnumMap<>(Reason.class);
      refusals.forEach((reason, count) -> byReason.put(reason, count.sum()));
      return new Counts(
          framesSent.sum(),
          bytesSent.sum(),
          framesReceived.sum(),
          bytesReceived.sum(),
          framesDropped.sum(),
          linksOpened.sum(),
          byReason);
    }
  }
}
