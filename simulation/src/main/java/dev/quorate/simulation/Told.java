/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.Vote;

/** Messages for a reader of the transcript: what they say, not what proves it. */
final class Told {
  private Told() {}

  static String of(QbftMessage message) {
    return switch (message) {
      case QbftMessage.Cast cast ->
          of(cast.signed().vote())
              + (cast.justification().isEmpty()
                  ? ""
                  : ", on " + cast.justification().size() + " votes");
      case QbftMessage.Decided decided ->
          "operator %d says that %.10s was decided in round %d"
              .formatted(
                  decided.sender(), decided.decision().value().hash(), decided.decision().round());
    };
  }

  static String of(Vote vote) {
    return "%s of operator %d in round %d of %s for %.10s"
        .formatted(vote.kind(), vote.sender(), vote.round(), vote.duty(), vote.value());
  }
}
