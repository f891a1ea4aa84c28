/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.validator.DistributedValidator.Deliver;
import dev.quorate.actors.validator.DistributedValidator.Describe;
import dev.quorate.actors.validator.DistributedValidator.Journaled;
import dev.quorate.actors.validator.DistributedValidator.Receipt;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.wire.MailCodec;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** What pods of an operator tell each other. */
public final class PodMessages {
  private static final int VALIDATORS = 16;

  private final ActorSystem<Object> system;
  private final PodSerializer serializer;

  public PodMessages(MailCodec codec) {
    system =
        ActorSystem.create(
            Behaviors.ignore(),
            "pods",
            ActorSystemSetup.create(
                BootstrapSetup.create(
                    ConfigFactory.parseString(
                            """
                            pekko.loglevel = OFF
                            pekko.stdout-loglevel = OFF
                            pekko.actor.provider = cluster
                            pekko.actor.allow-java-serialization = off
                            pekko.remote.artery.canonical { hostname = 127.0.0.1, port = 0 }
                            pekko.jvm-exit-on-fatal-error = off
                            """)
                        .withFallback(ConfigFactory.load()))));
    serializer = new PodSerializer((ExtendedActorSystem) system.classicSystem(), codec, VALIDATORS);
  }

  /** The messages of each manifest. */
  public List<byte[]> seeds(List<DutyMessage> mail, EntitySnapshot snapshot) {
    ActorRef<Object> ref = system.unsafeUpcast();
    return List.of(
            new Deliver(mail, 1L << 40, Optional.of(ref.narrow())),
            new Deliver(mail, 7, Optional.empty()),
            new Receipt(7, 1L << 40),
            new Mailroom.Roster(new TreeMap<>(Map.of(0, ref.narrow(), 7, ref.narrow()))),
            new Mailroom.HeadPassedOn(new HeadViews.Heard(3, new HeadView(5, Bytes32.ZERO))),
            new Describe(ref.narrow()),
            Journaled.of(snapshot))
        .stream()
        .map(this::written)
        .toList();
  }

  private byte[] written(Object message) {
    byte[] content = serializer.toBinary(message);
    byte[] input = new byte[content.length + 1];
    input[0] = (byte) MANIFESTS.indexOf(serializer.manifest(message));
    System.arraycopy(content, 0, input, 1, content.length);
    return input;
  }

  private static final List<String> MANIFESTS =
      List.of("mail", "receipt", "roster", "describe", "journaled", "head");

  /** The first byte names the manifest. Empty if it was refused. */
  public Optional<Object> read(byte[] input) {
    if (input.length == 0) {
      return Optional.empty();
    }
    byte[] content = new byte[input.length - 1];
    System.arraycopy(input, 1, content, 0, content.length);
    try {
      return Optional.of(
          serializer.fromBinary(content, MANIFESTS.get((input[0] & 0xff) % MANIFESTS.size())));
    } catch (NotSerializableException refused) {
      return Optional.empty();
    }
  }

  /** Whether it is read again as it was; what a reference means to whom is Pekko's business. */
  public boolean isTakenAgain(Object message) {
    Optional<Object> again = read(written(message));
    return switch (message) {
      case Deliver(var _, long _, var receipts) when receipts.isEmpty() ->
          again.equals(Optional.of(message));
      case Receipt _, Journaled _, Mailroom.HeadPassedOn _ -> again.equals(Optional.of(message));
      default -> again.isPresent();
    };
  }
}
