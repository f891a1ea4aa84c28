/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import java.time.Duration;

/**
 * How long the links wait.
 *
 * @param flush an incomplete batch is signed and sent when nothing was added to it for so long
 * @param handshake for TCP, TLS and the exchange of greetings together
 * @param keepAlive between two probes of who dialled, and of silence after which an empty frame is
 *     sent by who accepted
 * @param idle of silence after which a link is closed
 * @param redialMin before the second attempt; doubles with each further one, and varies by a fifth
 * @param redialMax at most
 */
public record PeerTimes(
    Duration flush,
    Duration handshake,
    Duration keepAlive,
    Duration idle,
    Duration redialMin,
    Duration redialMax) {
  public static final PeerTimes DEFAULT =
      new PeerTimes(
          Duration.ofMillis(20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofMillis(200),
          Duration.ofSeconds(10));

  public PeerTimes {
    if (keepAlive.compareTo(idle) >= 0 || redialMin.compareTo(redialMax) > 0) {
      throw new IllegalArgumentException(
          keepAlive + " against " + idle + ", " + redialMin + " to " + redialMax);
    }
  }

  /** The same, but for how long messages are collected. */
  public PeerTimes withFlush(Duration other) {
    return new PeerTimes(other, handshake, keepAlive, idle, redialMin, redialMax);
  }

  /** Before the attempt after {@code failures} in a row, without the random part. */
  Duration redialAfter(int failures) {
    Duration delay = redialMin;
    for (int i = 1; i < failures && delay.compareTo(redialMax) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    return delay.compareTo(redialMax) < 0 ? delay : redialMax;
  }
}
