/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.qbft.Vote;
import java.util.Optional;

/** The codec of a vote, which peers reach through the frames that hold it. */
public final class Votes {
  private static final VoteCodec CODEC =
      new VoteCodec(new WireCluster(Bytes32.ZERO, 4, 16, (_, _, _) -> true));

  private Votes() {}

  public static Bytes encode(Vote vote) {
    return CODEC.encode(vote);
  }

  public static Optional<Vote> decode(Bytes vote) {
    return switch (CODEC.decode(vote)) {
      case Checked.Good<Vote>(Vote good) -> Optional.of(good);
      case Checked.Bad<Vote> _ -> Optional.empty();
    };
  }
}
