/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.quorate.actors.validator.DistributedValidator.Command;
import dev.quorate.actors.validator.DistributedValidator.Deliver;
import dev.quorate.actors.validator.DistributedValidator.Describe;
import dev.quorate.actors.validator.DistributedValidator.Journaled;
import dev.quorate.actors.validator.DistributedValidator.Receipt;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.wire.MailCodec;
import dev.quorate.wire.proto.HeadHeard;
import dev.quorate.wire.proto.Mail;
import dev.quorate.wire.proto.Question;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationSetup;
import org.apache.pekko.serialization.SerializerDetails;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Everything that one pod of an operator tells another, beside what Pekko says itself. What it
 * cannot read is dropped and logged, like a message that got lost.
 */
final class PodSerializer extends SerializerWithStringManifest {
  /** Mail that an entity may have waiting of one operator fits in two. */
  static final int MAIL_FRAMES_MAX = 4;

  private static final String MAIL = "mail";
  private static final String RECEIPT = "receipt";
  private static final String ROSTER = "roster";
  private static final String HEAD = "head";
  private static final String DESCRIBE = "describe";
  private static final String JOURNALED = "journaled";

  private final ExtendedActorSystem system;
  private final MailCodec codec;
  private final int validators;

  PodSerializer(ExtendedActorSystem system, MailCodec codec, int validators) {
    this.system = system;
    this.codec = codec;
    this.validators = validators;
  }

  /** For the set-up of an actor system. */
  static SerializationSetup setup(MailCodec codec, int validators) {
    return SerializationSetup.create(system ->
        List.of(
            SerializerDetails.create(
                "quorate-pods",
                new PodSerializer(system, codec, validators),
                List.of(
                    Deliver.class,
                    Receipt.class,
                    Mailroom.Roster.class,
                    Mailroom.HeadPassedOn.class,
                    Describe.class,
                    Journaled.class))));
  }

  /** The same in all versions that may run next to each other: frozen. */
  @Override
  public int identifier() {
    return 24_111;
  }

  @Override
  public String manifest(Object message) {
    return switch (message) {
      case Deliver _ -> MAIL;
      case Receipt _ -> RECEIPT;
      case Mailroom.Roster _ -> ROSTER;
      case Mailroom.HeadPassedOn _ -> HEAD;
      case Describe _ -> DESCRIBE;
      case Journaled _ -> JOURNALED;
      default -> throw unbound(message);
    };
  }

  @Override
  public byte[] toBinary(Object message) {
    return switch (message) {
      case Deliver(List<DutyMessage> messages, long serial, var receipts) -> {
        Mail.Builder mail =
            Mail.newBuilder().setSender(messages.getFirst().sender()).setSerial(serial);
        receipts.ifPresent(to -> mail.setReplyTo(format(to)));
        for (Bytes frame : codec.encode(messages)) {
          mail.addFrames(UnsafeByteOperations.unsafeWrap(frame.toArray()));
        }
        yield mail.build().toByteArray();
      }
      case Receipt(int validator, long serial) ->
          dev.quorate.wire.proto.Receipt.newBuilder()
              .setValidator(validator)
              .setSerial(serial)
              .build()
              .toByteArray();
      case Mailroom.Roster(SortedMap<Integer, ActorRef<Command>> entities) -> {
        var roster = dev.quorate.wire.proto.Roster.newBuilder();
        entities.forEach(
            (validator, entity) -> roster.addValidators(validator).addEntities(format(entity)));
        yield roster.build().toByteArray();
      }
      case Mailroom.HeadPassedOn(
              HeadViews.Heard(int operator, HeadView(long slot, Bytes32 root), int _)) ->
          HeadHeard.newBuilder()
              .setOperator(operator)
              .setHead(
                  dev.quorate.wire.proto.HeadView.newBuilder()
                      .setSlot(slot)
                      .setRoot(UnsafeByteOperations.unsafeWrap(root.toArray())))
              .build()
              .toByteArray();
      case Describe(ActorRef<Journaled> replyTo) ->
          Question.newBuilder().setReplyTo(format(replyTo)).build().toByteArray();
      case Journaled journaled -> EventCodec.encode(journaled.toSnapshot()).toArray();
      default -> throw unbound(message);
    };
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case MAIL -> mail(Mail.parseFrom(bytes));
        case RECEIPT -> receipt(dev.quorate.wire.proto.Receipt.parseFrom(bytes));
        case ROSTER -> roster(dev.quorate.wire.proto.Roster.parseFrom(bytes));
        case HEAD -> head(HeadHeard.parseFrom(bytes));
        case DESCRIBE -> new Describe(resolve(Question.parseFrom(bytes).getReplyTo(), DESCRIBE));
        case JOURNALED -> Journaled.of(EventCodec.decodeSnapshot(Bytes.of(bytes)));
        default -> throw malformed(manifest);
      };
    } catch (InvalidProtocolBufferException | CorruptJournalException cause) {
      NotSerializableException malformed = malformed(manifest);
      malformed.initCause(cause);
      throw malformed;
    }
  }

  private Deliver mail(Mail mail) throws NotSerializableException {
    if (mail.getFramesCount() > MAIL_FRAMES_MAX) {
      throw malformed(MAIL);
    }
    List<DutyMessage> messages = new ArrayList<>();
    for (var frame : mail.getFramesList()) {
      messages.addAll(
          codec
              .decode(mail.getSender(), Bytes.wrap(frame.toByteArray()))
              .orElseThrow(() -> malformed(MAIL)));
    }
    if (messages.isEmpty() || messages.size() > Mailroom.WAITING_PER_OPERATOR_MAX) {
      throw malformed(MAIL);
    }
    return new Deliver(
        messages,
        mail.getSerial(),
        mail.hasReplyTo() ? Optional.of(resolve(mail.getReplyTo(), MAIL)) : Optional.empty());
  }

  private Receipt receipt(dev.quorate.wire.proto.Receipt receipt) throws NotSerializableException {
    return new Receipt(validator(receipt.getValidator(), RECEIPT), receipt.getSerial());
  }

  private Mailroom.Roster roster(dev.quorate.wire.proto.Roster roster)
      throws NotSerializableException {
    if (roster.getValidatorsCount() != roster.getEntitiesCount()
        || roster.getValidatorsCount() > Mailroom.ROSTER_MAX) {
      throw malformed(ROSTER);
    }
    SortedMap<Integer, ActorRef<Command>> entities = new TreeMap<>();
    for (int i = 0; i < roster.getValidatorsCount(); i++) {
      entities.put(
          validator(roster.getValidators(i), ROSTER), resolve(roster.getEntities(i), ROSTER));
    }
    return new Mailroom.Roster(entities);
  }

  private Mailroom.HeadPassedOn head(HeadHeard heard) throws NotSerializableException {
    var view = heard.getHead();
    if (!codec.hasOperator(heard.getOperator())
        || view.getSlot() < 0
        || view.getRoot().size() != 32) {
      throw malformed(HEAD);
    }
    return new Mailroom.HeadPassedOn(
        new HeadViews.Heard(
            heard.getOperator(),
            new HeadView(view.getSlot(), Bytes32.of(view.getRoot().toByteArray()))));
  }

  private int validator(int validator, String manifest) throws NotSerializableException {
    if (validator < 0 || validator >= validators) {
      throw malformed(manifest);
    }
    return validator;
  }

  private String format(ActorRef<?> ref) {
    return ActorRefResolver.get(Adapter.toTyped(system)).toSerializationFormat(ref);
  }

  private <T> ActorRef<T> resolve(String ref, String manifest) throws NotSerializableException {
    try {
      return ActorRefResolver.get(Adapter.toTyped(system)).resolveActorRef(ref);
    } catch (NumberFormatException cause) {
      // Pekko's, where what names an actor's incarnation is no number.
      throw malformed(manifest);
    }
  }

  private static NotSerializableException malformed(String manifest) {
    return new NotSerializableException("not the " + manifest + " of a pod");
  }

  private static IllegalArgumentException unbound(Object message) {
    return new IllegalArgumentException("no pod sends " + message.getClass().getName());
  }
}
