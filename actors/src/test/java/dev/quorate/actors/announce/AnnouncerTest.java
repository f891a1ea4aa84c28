/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.announce.Announcer.Announce;
import dev.quorate.actors.announce.Announcer.Command;
import dev.quorate.actors.fixture.FakeBeacon;
import dev.quorate.actors.fixture.FakeBeacon.Asked;
import dev.quorate.actors.fixture.FakeBeacon.Reply;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.beacon.client.BeaconUrl;
import dev.quorate.beacon.client.Submission;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.message.CommitteeSubscription;
import dev.quorate.ethereum.message.ProposerPreparation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time passes by hand for the announcer and by itself for HTTP. */
class AnnouncerTest {
  private static final ActorTestKit HTTP = ActorTestKit.create("announce-http");
  private static final ActorTestKit KIT = ActorTestKit.create("announce", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Reply OK = new Reply(200, "");
  private static final Duration STEP = Duration.ofMillis(100);

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
    HTTP.shutdownTestKit();
  }

  private ActorRef<Command> start(FakeBeacon... nodes) {
    List<BeaconUrl> urls = Stream.of(nodes).map(FakeBeacon::url).toList();
    ActorRef<Command> announcer =
        KIT.spawn(Announcer.create(new BeaconNodes(HTTP.system(), urls, 10_000)));
    opened.add(() -> KIT.stop(announcer));
    opened.addAll(List.of(nodes));
    return announcer;
  }

  private static Announce preparation(int... validators) {
    return new Announce(
        Submission.preparations(
            Arrays.stream(validators)
                .mapToObj(index -> new ProposerPreparation(index, Bytes.wrap(new byte[20])))
                .toList()));
  }

  private static Announce subscription(int validator) {
    return new Announce(
        Submission.committeeSubscriptions(
            List.of(new CommitteeSubscription(validator, 0, 4, 80, true))));
  }

  private static Asked next(FakeBeacon node) {
    return Inbox.nextWhile(() -> TIME.timePasses(STEP), () -> node.asked(Inbox.BRIEFLY));
  }

  @Test
  void whatIsToldTogetherGoesToEveryNodeInOneRequestOfEachKind() {
    FakeBeacon one = new FakeBeacon(_ -> OK);
    FakeBeacon two = new FakeBeacon(_ -> OK);
    ActorRef<Command> announcer = start(one, two);

    List.of(preparation(1, 2), subscription(3), preparation(4)).forEach(announcer::tell);

    for (FakeBeacon node : List.of(one, two)) {
      List<Asked> asked = List.of(next(node), next(node));
      assertThat(asked)
          .extracting(Asked::path)
          .containsExactlyInAnyOrder(
              "/eth/v1/validator/prepare_beacon_proposer",
              "/eth/v1/validator/beacon_committee_subscriptions");
      assertThat(asked)
          .extracting(request -> request.body().size())
          .containsExactlyInAnyOrder(3, 1);
      assertThat(node.asked(Inbox.BRIEFLY)).isEmpty();
    }
  }

  @Test
  void whatNoNodeTookIsToldAgainAFewTimes() {
    FakeBeacon node = new FakeBeacon(_ -> Reply.failure(503));
    ActorRef<Command> announcer = start(node);

    announcer.tell(preparation(1));

    for (int attempt = 1; attempt <= Announcer.ATTEMPTS_MAX; attempt++) {
      assertThat(next(node).path()).endsWith("prepare_beacon_proposer");
    }
    TIME.timePasses(Announcer.AGAIN.multipliedBy(1 << Announcer.ATTEMPTS_MAX));
    announcer.tell(subscription(2));
    assertThat(next(node).path()).as("the other is given up").endsWith("committee_subscriptions");
  }

  @Test
  void whatANodeRejectsIsNotToldAgain() {
    FakeBeacon node = new FakeBeacon(_ -> Reply.failure(400));
    ActorRef<Command> announcer = start(node);

    announcer.tell(preparation(1));
    next(node);
    TIME.timePasses(Announcer.AGAIN.multipliedBy(2));
    announcer.tell(subscription(2));

    assertThat(next(node).path()).endsWith("committee_subscriptions");
  }

  @Test
  void whatIsTakenSomewhereIsNotToldAgain() {
    FakeBeacon dead = new FakeBeacon(_ -> Reply.failure(503));
    FakeBeacon well = new FakeBeacon(_ -> OK);
    ActorRef<Command> announcer = start(dead, well);

    announcer.tell(preparation(1));
    next(dead);
    next(well);
    TIME.timePasses(Announcer.AGAIN.multipliedBy(2));
    announcer.tell(subscription(2));

    assertThat(next(dead).path()).endsWith("committee_subscriptions");
  }

  @Test
  void whatWouldWaitBeyondItsBoundIsLeftToTheNextEpoch() {
    FakeBeacon node = new FakeBeacon(_ -> OK);
    ActorRef<Command> announcer = start(node);
    int half = Announcer.WAITING_MAX / 2 + 1;

    announcer.tell(preparation(new int[half]));
    announcer.tell(preparation(new int[half]));

    assertThat(next(node).body()).hasSize(Announcer.WAITING_MAX);
  }
}
