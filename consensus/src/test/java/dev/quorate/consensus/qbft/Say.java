/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.qbft;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.qbft.QbftMessage.Cast;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Votes and messages as operators say them, about one duty. */
final class Say {
  static final DutyId DUTY = DutyId.attester(7, 3);
  static final DutyId OTHER_DUTY = DutyId.attester(8, 3);

  private Say() {}

  /** Stands for a verified signature. */
  record Seal(int signer) implements Proof {}

  static Value value(String text) {
    return new Value(Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  static SignedVote signed(Vote vote) {
    return new SignedVote(vote, new Seal(vote.sender()));
  }

  static SignedVote prePrepare(int sender, int round, Value value) {
    return signed(new Vote.PrePrepare(DUTY, sender, round, value.hash()));
  }

  static SignedVote prepare(int sender, int round, Value value) {
    return signed(new Vote.Prepare(DUTY, sender, round, value.hash()));
  }

  static SignedVote commit(int sender, int round, Value value) {
    return signed(new Vote.Commit(DUTY, sender, round, value.hash()));
  }

  static SignedVote roundChange(int sender, int round) {
    return signed(new Vote.RoundChange(DUTY, sender, round, Optional.empty()));
  }

  static SignedVote roundChange(int sender, int round, int preparedRound, Value value) {
    return signed(
        new Vote.RoundChange(
            DUTY, sender, round, Optional.of(new Prepared(preparedRound, value.hash()))));
  }

  static List<SignedVote> prepares(int round, Value value, int... senders) {
    return Arrays.stream(senders).mapToObj(sender -> prepare(sender, round, value)).toList();
  }

  static List<SignedVote> commits(int round, Value value, int... senders) {
    return Arrays.stream(senders).mapToObj(sender -> commit(sender, round, value)).toList();
  }

  static List<SignedVote> roundChanges(int round, int... senders) {
    return Arrays.stream(senders).mapToObj(sender -> roundChange(sender, round)).toList();
  }

  @SafeVarargs
  static List<SignedVote> all(List<SignedVote>... parts) {
    List<SignedVote> whole = new ArrayList<>();
    for (List<SignedVote> part : parts) {
      whole.addAll(part);
    }
    return whole;
  }

  /** A vote that needs neither justification nor value. */
  static Cast cast(SignedVote signed) {
    return new Cast(signed, List.of(), Optional.empty());
  }

  static Cast[] casts(List<SignedVote> signed) {
    return signed.stream().map(Say::cast).toArray(Cast[]::new);
  }

  static Cast proposal(int sender, int round, Value value) {
    return proposal(sender, round, value, List.of());
  }

  static Cast proposal(int sender, int round, Value value, List<SignedVote> justification) {
    return new Cast(prePrepare(sender, round, value), justification, Optional.of(value));
  }

  static Cast preparedChange(
      int sender, int round, int preparedRound, Value value, List<SignedVote> justification) {
    return new Cast(
        roundChange(sender, round, preparedRound, value), justification, Optional.of(value));
  }

  static QbftMessage.Decided decided(int sender, int round, Value value, List<SignedVote> commits) {
    return new QbftMessage.Decided(DUTY, sender, new Decision(round, value, commits));
  }
}
