/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.wire.proto.HelloFrame;
import java.util.regex.Pattern;

/**
 * The first frame of a connection, in both directions: who speaks. It only claims; the link
 * compares it with the key that the connection proved.
 *
 * @param operator position in the cluster file
 * @param pod which of the operator's pods
 * @param incarnation grows with each start of the pod
 * @param release version of its software
 * @param features what that can do
 */
public record Hello(
    Bytes32 cluster,
    int operator,
    String pod,
    long incarnation,
    String release,
    Features features) {
  /** What software calls its versions; keeps what a peer chose fit for logs and metrics. */
  public static final Pattern RELEASE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}");

  /** A Kubernetes name, for the same reason. */
  public static final Pattern POD_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

  /** Of the encoded frame, without length prefix. */
  public static final int BYTES_MAX = 1024;

  private static final Parser<HelloFrame> PARSER =
      DiscardUnknownFieldsParser.wrap(HelloFrame.parser());

  public Hello {
    if (!POD_NAME.matcher(pod).matches()
        || !RELEASE.matcher(release).matches()
        || incarnation < 0
        || operator < 0) {
      throw new IllegalArgumentException(operator + "/" + pod + "/" + incarnation + "/" + release);
    }
  }

  /** What became of received bytes. */
  public sealed interface Received {
    record Accepted(Hello hello) implements Received {}

    record Refused(Reason reason) implements Received {}
  }

  public Bytes encode() {
    return Bytes.wrap(
        HelloFrame.newBuilder()
            .setVersion(WireLimits.PROTOCOL_VERSION)
            .setCluster(UnsafeByteOperations.unsafeWrap(cluster.toArray()))
            .setOperator(operator)
            .setPod(pod)
            .setIncarnation(incarnation)
            .setRelease(release)
            .addAllFeatures(features.names())
            .build()
            .toByteArray());
  }

  /** Checks version, cluster and that there is such an operator; never throws. */
  public static Received decode(WireCluster cluster, byte[] frame) {
    if (frame.length > BYTES_MAX) {
      return new Received.Refused(Reason.MALFORMED_FRAME);
    }
    HelloFrame hello;
    try {
      hello = PARSER.parseFrom(frame);
    } catch (InvalidProtocolBufferException malformed) {
      return new Received.Refused(Reason.MALFORMED_FRAME);
    }
    if (hello.getVersion() != WireLimits.PROTOCOL_VERSION) {
      return new Received.Refused(Reason.WRONG_PROTOCOL_VERSION);
    }
    if (!hello.getCluster().equals(UnsafeByteOperations.unsafeWrap(cluster.hash().toArray()))) {
      return new Received.Refused(Reason.WRONG_CLUSTER);
    }
    if (hello.getOperator() < 0 || hello.getOperator() >= cluster.operators()) {
      return new Received.Refused(Reason.UNKNOWN_PEER);
    }
    if (!POD_NAME.matcher(hello.getPod()).matches()
        || !RELEASE.matcher(hello.getRelease()).matches()
        || hello.getIncarnation() < 0
        || hello.getFeaturesCount() > Features.NAMES_MAX
        || !hello.getFeaturesList().stream().allMatch(Features.NAME.asMatchPredicate())) {
      return new Received.Refused(Reason.MALFORMED_FRAME);
    }
    return new Received.Accepted(
        new Hello(
            cluster.hash(),
            hello.getOperator(),
            hello.getPod(),
            hello.getIncarnation(),
            hello.getRelease(),
            new Features(hello.getFeaturesList())));
  }
}
