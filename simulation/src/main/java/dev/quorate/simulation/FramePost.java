/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.Batch;
import dev.quorate.wire.BatchSigner;
import dev.quorate.wire.Decoded;
import dev.quorate.wire.Flush;
import dev.quorate.wire.FrameDecoder;
import dev.quorate.wire.FrameEncoder;
import dev.quorate.wire.InclusionProof;
import dev.quorate.wire.MailCodec;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.VerifiedBatches;
import dev.quorate.wire.WireCluster;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Messages travel as the frames of production: encoded, batched under hash trees, decoded and
 * verified. Only the identity keys are replaced, by hashes of a secret.
 */
final class FramePost implements Post {
  private static final long FLUSH_MILLIS = 3;
  private static final int VALIDATORS = 1;
  private static final Bytes32 CLUSTER = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 OTHER_CLUSTER = Bytes32.sha256(new byte[] {2});

  private final Network network;
  private final Agenda agenda;
  private final List<Node> nodes;
  private final long secret;
  private final MailCodec mail;
  private final List<FrameEncoder> encoders = new ArrayList<>();
  private final List<FrameEncoder> elsewhere = new ArrayList<>();
  private final List<FrameEncoder> forgers = new ArrayList<>();
  private final List<FrameDecoder> decoders = new ArrayList<>();
  private final List<List<Outgoing>> waiting = new ArrayList<>();
  private final Map<Integer, InclusionProof> lastProof = new HashMap<>();

  FramePost(Setup setup, Network network, Agenda agenda, List<Node> nodes, long secret) {
    this.network = network;
    this.agenda = agenda;
    this.nodes = nodes;
    this.secret = secret;
    int operators = setup.operators();
    mail = new MailCodec(CLUSTER, operators, VALIDATORS);
    for (int self = 0; self < operators; self++) {
      int operator = self;
      VerifiedBatches verified = new VerifiedBatches(operators);
      BatchSigner signer = content -> signature(operator, content);
      encoders.add(new FrameEncoder(cluster(CLUSTER, operators), self, signer, verified));
      decoders.add(
          new FrameDecoder(
              cluster(CLUSTER, operators), verified, duty -> nodes.get(operator).window(duty)));
      elsewhere.add(
          new FrameEncoder(
              cluster(OTHER_CLUSTER, operators), self, signer, new VerifiedBatches(operators)));
      forgers.add(
          new FrameEncoder(
              cluster(CLUSTER, operators),
              self,
              content -> signature(-1, content),
              new VerifiedBatches(operators)));
      waiting.add(new ArrayList<>());
    }
  }

  private WireCluster cluster(Bytes32 hash, int operators) {
    return new WireCluster(
        hash,
        operators,
        VALIDATORS,
        (operator, content, signature) -> signature(operator, content).equals(signature));
  }

  private Bytes signature(int operator, byte[] content) {
    byte[] key = ByteBuffer.allocate(12).putLong(secret).putInt(operator).array();
    byte[] signature = new byte[64];
    Bytes32.sha256(key, content).copyTo(signature, 0);
    return Bytes.wrap(signature);
  }

  @Override
  public void send(int from, Outgoing item) {
    if (waiting.get(from).isEmpty()) {
      agenda.after(FLUSH_MILLIS, () -> flush(from));
    }
    waiting.get(from).add(item);
  }

  private void flush(int from) {
    Flush flush = encoders.get(from).encode(waiting.get(from));
    waiting.get(from).clear();
    flush
        .broadcast()
        .forEach(frame ->
            IntStream.range(0, nodes.size())
                .filter(to -> to != from)
                .forEach(to -> carry(from, to, frame)));
    flush.unicast().forEach((to, frames) -> frames.forEach(frame -> carry(from, to, frame)));
    List<DutyMessage> own =
        flush.own().stream().<DutyMessage>map(DutyMessage.Agreement::new).toList();
    if (!own.isEmpty()) {
      flush.own().forEach(cast -> remember(cast.signed()));
      nodes.get(from).take(from, own);
    }
  }

  private void carry(int from, int to, Bytes frame) {
    network.carry(
        from,
        to,
        () -> {
          Decoded decoded = decoders.get(to).decode(from, frame.toArray());
          decoded.refusals().forEach((reason, _) -> nodes.get(to).refuse(from, reason));
          if (!decoded.messages().isEmpty()) {
            nodes.get(to).take(from, decoded.messages());
          }
        });
  }

  @Override
  public void betray(int from, int to, DutyMessage message) {
    mail.encode(List.of(message)).forEach(frame -> carry(from, to, frame));
  }

  @Override
  public SignedVote sign(Vote vote) {
    SignedVote signed = encoded(encoders.get(vote.sender()), vote);
    remember(signed);
    return signed;
  }

  private static SignedVote encoded(FrameEncoder encoder, Vote vote) {
    return encoder
        .encode(List.of(new Outgoing.Cast(vote, List.of(), Optional.empty())))
        .own()
        .getFirst()
        .signed();
  }

  private void remember(SignedVote signed) {
    if (signed.proof() instanceof InclusionProof proof) {
      lastProof.put(signed.vote().sender(), proof);
    }
  }

  /**
   * Now under a signature of nobody, now at the place of a vote in a batch that was signed, now in
   * a batch of the forger's own.
   */
  @Override
  public SignedVote forge(int forger, Vote vote) {
    SignedVote forged = encoded(forgers.get(vote.sender()), vote);
    InclusionProof real = lastProof.get(vote.sender());
    if (!(forged.proof() instanceof InclusionProof(Bytes leaf, int at, Bytes path, Batch batch))) {
      return forged;
    }
    return switch (Math.floorMod(vote.duty().slot() + vote.round(), 3)) {
      case 0 -> forged;
      case 1 -> new SignedVote(vote, new InclusionProof(leaf, at, path, signedBy(forger, batch)));
      default ->
          real == null
              ? forged
              : new SignedVote(
                  vote, new InclusionProof(leaf, real.index(), real.path(), real.batch()));
    };
  }

  private Batch signedBy(int forger, Batch batch) {
    byte[] content =
        ByteBuffer.allocate(72)
            .put(CLUSTER.toArray())
            .putInt(forger)
            .putInt(batch.leafCount())
            .put(batch.root().toArray())
            .array();
    return new Batch(forger, batch.leafCount(), batch.root(), signature(forger, content));
  }

  @Override
  public SignedVote elsewhere(Vote vote) {
    return encoded(elsewhere.get(vote.sender()), vote);
  }
}
