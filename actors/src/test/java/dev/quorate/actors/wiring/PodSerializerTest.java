/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DistributedValidator.Command;
import dev.quorate.actors.validator.DistributedValidator.Deliver;
import dev.quorate.actors.validator.DistributedValidator.Describe;
import dev.quorate.actors.validator.DistributedValidator.Journaled;
import dev.quorate.actors.validator.DistributedValidator.Receipt;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.MailCodec;
import dev.quorate.wire.proto.HeadHeard;
import dev.quorate.wire.proto.Mail;
import dev.quorate.wire.proto.Roster;
import java.io.NotSerializableException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PodSerializerTest {
  private static final int VALIDATORS = 8;
  private static final MailCodec CODEC = new MailCodec(Bytes32.ZERO, 4, VALIDATORS);
  private static final ActorSystem<Object> SYSTEM =
      ActorSystem.create(
          Behaviors.ignore(),
          "pods",
          ActorSystemSetup.create(
              BootstrapSetup.create(
                  ConfigFactory.parseString(
                          "pekko { loglevel = OFF, actor.allow-java-serialization = off }")
                      .withFallback(ConfigFactory.load())),
              PodSerializer.setup(CODEC, VALIDATORS)));

  private static final List<DutyMessage> MAIL =
      List.of(
          new DutyMessage.Partial(
              DutyId.attester(5, 3), 2, Bytes32.ZERO, Bytes.wrap(new byte[192])),
          new DutyMessage.Status(DutyId.attester(5, 3), 2, 1, Optional.of(Bytes32.ZERO), 6));

  @AfterAll
  static void stop() {
    SYSTEM.terminate();
  }

  /** As Pekko does it: found by the class, read by the manifest. */
  private static Object crossed(Object message) {
    Serialization serialization = SerializationExtension.get(SYSTEM);
    var serializer = serialization.findSerializerFor(message);
    assertThat(serializer).isInstanceOf(PodSerializer.class);
    return serialization
        .deserialize(
            serialization.serialize(message).get(),
            serializer.identifier(),
            Serializers.manifestFor(serializer, message))
        .get();
  }

  @Test
  void everyMessageArrivesAsItWas() {
    ActorRef<Object> ref = SYSTEM.unsafeUpcast();
    Map<Integer, ActorRef<Command>> up = new TreeMap<>(Map.of(0, ref.narrow(), 7, ref.narrow()));
    DutyEvent event =
        new DutyEvent.Failed(
            DutyId.attester(5, 3),
            Reason.NO_QUORUM,
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            DutyEvent.Aftermath.NONE,
            9);
    List<Object> messages =
        List.of(
            new Deliver(MAIL, 1L << 40, Optional.of(ref.narrow())),
            new Deliver(MAIL, 7, Optional.empty()),
            new Receipt(7, 1L << 40),
            new Mailroom.Roster(new TreeMap<>(up)),
            new Mailroom.HeadPassedOn(
                new HeadViews.Heard(3, new HeadView(5, Bytes32.fromHex("cd".repeat(32))))),
            new Describe(ref.narrow()),
            new Journaled(Bytes32.fromHex("ab".repeat(32)), DutyLedger.EMPTY.apply(event)));
    assertThat(messages.stream().map(PodSerializerTest::crossed)).isEqualTo(messages);
  }

  @Test
  void dropsWhatIsTooLargeOrOfValidatorsAndOperatorsThatThereAreNot() {
    PodSerializer serializer =
        new PodSerializer(
            (org.apache.pekko.actor.ExtendedActorSystem) SYSTEM.classicSystem(), CODEC, VALIDATORS);
    ByteString frame = ByteString.copyFrom(CODEC.encode(MAIL).getFirst().toArray());
    Map<String, List<byte[]>> malformed =
        Map.of(
            "mail",
            List.of(
                Mail.newBuilder().setSender(4).addFrames(frame).build().toByteArray(),
                Mail.newBuilder().setSender(2).build().toByteArray(),
                Mail.newBuilder()
                    .setSender(2)
                    .addAllFrames(Collections.nCopies(PodSerializer.MAIL_FRAMES_MAX + 1, frame))
                    .build()
                    .toByteArray()),
            "receipt",
            List.of(
                dev.quorate.wire.proto.Receipt.newBuilder()
                    .setValidator(VALIDATORS)
                    .build()
                    .toByteArray()),
            "roster",
            List.of(
                Roster.newBuilder().addValidators(1).build().toByteArray(),
                Roster.newBuilder()
                    .addValidators(1)
                    .addEntities("pekko://pods/user#r")
                    .build()
                    .toByteArray(),
                Roster.newBuilder()
                    .addAllValidators(Collections.nCopies(Mailroom.ROSTER_MAX + 1, 1))
                    .addAllEntities(
                        Collections.nCopies(Mailroom.ROSTER_MAX + 1, "pekko://pods/user"))
                    .build()
                    .toByteArray()),
            "head",
            List.of(
                HeadHeard.newBuilder().setOperator(1).build().toByteArray(),
                HeadHeard.newBuilder()
                    .setOperator(4)
                    .setHead(
                        dev.quorate.wire.proto.HeadView.newBuilder()
                            .setRoot(ByteString.copyFrom(new byte[32])))
                    .build()
                    .toByteArray()),
            "unheard-of",
            List.of(new byte[0]));
    malformed.forEach((manifest, all) ->
        all.forEach(bytes ->
            assertThatThrownBy(() -> serializer.fromBinary(bytes, manifest))
                .isInstanceOf(NotSerializableException.class)));

    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("PodSerializerTest -Dseed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(64)];
      random.nextBytes(noise);
      for (String manifest :
          List.of("mail", "receipt", "roster", "head", "describe", "journaled")) {
        try {
          serializer.fromBinary(noise, manifest);
        } catch (NotSerializableException dropped) {
          assertThat(dropped).hasMessageContaining(manifest);
        }
      }
    }
  }
}
