/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.errand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.errand.InfoSync.Command;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Assign;
import dev.quorate.actors.validator.DistributedValidator.Tell;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.feature.Features;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InfoSyncTest {
  private static final ActorTestKit KIT = ActorTestKit.create("info-sync", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final SimulatedChain CHAIN =
      new SimulatedChain(Chains.of(Fork.FULU, List.of(Group.generate().publicKey())));
  private static final int SELF = 2;
  private static final long EPOCH = 5;
  private static final long LAST = (EPOCH + 1) * Chains.SLOTS_PER_EPOCH - 1;
  private static final Features NEWER = new Features(List.of("info-sync", "later"));

  private final AtomicLong clock = new AtomicLong(CHAIN.times().startMillis(LAST));
  private final AtomicBoolean sealed = new AtomicBoolean();
  private final Inbox<DistributedValidator.Command> entity = Inbox.open(KIT);
  private final ActorRef<Command> sync =
      KIT.spawn(
          InfoSync.create(
              new InfoSync.Setup(
                  CHAIN.times(),
                  new Quorum(Group.OPERATORS),
                  Group.THRESHOLD,
                  SELF,
                  new RoundTimes(1_000, 8_000),
                  clock::get,
                  sealed::get)));

  @AfterEach
  void stop() {
    KIT.stop(sync);
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  private void stated(int operator, Features features) {
    sync.tell(new InfoSync.Stated(operator, features));
  }

  private void register() {
    sync.tell(new InfoSync.Register(entity.ref()));
  }

  private void passSlot() {
    clock.addAndGet(Chains.SLOT_MILLIS);
    TIME.timePasses(Duration.ofMillis(Chains.SLOT_MILLIS));
  }

  private static DutyId duty(long slot) {
    return new DutyId(DutyType.INFO_SYNC, slot, 0, 0);
  }

  private static Tell own(long slot, Features features) {
    return new Tell(duty(slot), new DutyInput.OwnValues(List.of(features.value())));
  }

  @Test
  void theDutyIsGivenInTheLastSlotWithWhatAQuorumStated() {
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    Assign assign = (Assign) entity.next();
    assertThat(assign.context().id()).isEqualTo(duty(LAST));
    assertThat(assign.context().self()).isEqualTo(SELF);
    assertThat(assign.context().beginMillis()).isEqualTo(CHAIN.times().startMillis(LAST));
    assertThat(assign.context().deadlineMillis()).isEqualTo(CHAIN.times().startMillis(LAST + 1));
    assertThat(entity.next()).isEqualTo(own(LAST, Features.OWN));
    passSlot();
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void nothingIsGivenBeforeTheLastSlot() {
    clock.set(CHAIN.times().startMillis(LAST) - 1);
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
    clock.addAndGet(1);
    TIME.timePasses(Duration.ofMillis(Chains.SLOT_MILLIS));
    assertThat(((Assign) entity.next()).context().id()).isEqualTo(duty(LAST));
  }

  @Test
  void whatFewerThanAQuorumStillStateIsNotToldOn() {
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    assertThat(entity.next()).isInstanceOf(Assign.class);
    entity.next();
    stated(1, Features.NONE);
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void eachEpochHasOneAndAnotherLeader() {
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    Assign first = (Assign) entity.next();
    entity.next();
    Assign second = (Assign) entity.nextWhile(this::passSlot);
    assertThat(second.context().id()).isEqualTo(duty(LAST + Chains.SLOTS_PER_EPOCH));
    assertThat(second.context().leaderOffset()).isEqualTo(first.context().leaderOffset() + 1);
  }

  @Test
  void whatIsStatedLaterIsToldOn() {
    stated(0, Features.OWN);
    stated(1, NEWER);
    register();
    assertThat(entity.next()).isInstanceOf(Assign.class);
    assertThat(entity.next()).isEqualTo(own(LAST, new Features(List.of("info-sync"))));
    stated(1, Features.OWN);
    assertThat(entity.next()).isEqualTo(own(LAST, Features.OWN));
    stated(1, Features.OWN);
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void whereFewerThanAQuorumKnowTheDutyNobodyMissesIt() {
    stated(0, Features.OWN);
    stated(1, Features.NONE);
    register();
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
    stated(3, Features.OWN);
    assertThat(((Assign) entity.next()).context().id()).isEqualTo(duty(LAST));
  }

  @Test
  void whoMayNotVoteYetIsGivenNothing() {
    sealed.set(true);
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
    sealed.set(false);
    assertThat(((Assign) entity.nextWhile(this::passSlot)).context().id())
        .isEqualTo(duty(LAST + Chains.SLOTS_PER_EPOCH));
  }

  @Test
  void anEntityThatCameUpAgainIsGivenTheDutyAgain() {
    stated(0, Features.OWN);
    stated(1, Features.OWN);
    register();
    assertThat(entity.next()).isInstanceOf(Assign.class);
    entity.next();
    register();
    assertThat(((Assign) entity.next()).context().id()).isEqualTo(duty(LAST));
  }
}
