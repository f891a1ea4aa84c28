/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.wire.Hello;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.stream.KillSwitch;
import org.junit.jupiter.api.Test;

class AcceptedLinksTest {
  private final AcceptedLinks links = new AcceptedLinks();

  @Test
  void aLaterConnectionOfAPodReplacesTheEarlier() {
    Switch first = new Switch();
    Switch again = new Switch();
    Switch restarted = new Switch();
    assertThat(links.admit(hello(1, "pod-0", 5), first)).isEmpty();
    assertThat(links.admit(hello(1, "pod-0", 5), again)).isEmpty();
    assertThat(first.isShut).isTrue();
    assertThat(links.admit(hello(1, "pod-0", 6), restarted)).isEmpty();
    assertThat(again.isShut).isTrue();
    assertThat(restarted.isShut).isFalse();
  }

  @Test
  void anEarlierStartOfAPodDoesNotReplaceALaterOne() {
    Switch current = new Switch();
    assertThat(links.admit(hello(1, "pod-0", 6), current)).isEmpty();
    assertThat(links.admit(hello(1, "pod-0", 5), new Switch())).contains(Reason.SURPLUS_LINK);
    assertThat(current.isShut).isFalse();
  }

  @Test
  void theEndOfAReplacedConnectionDoesNotForgetItsSuccessor() {
    Switch first = new Switch();
    Switch second = new Switch();
    assertThat(links.admit(hello(1, "pod-0", 5), first)).isEmpty();
    assertThat(links.admit(hello(1, "pod-0", 6), second)).isEmpty();
    links.end(first);
    assertThat(links.admit(hello(1, "pod-0", 5), new Switch())).contains(Reason.SURPLUS_LINK);
  }

  @Test
  void anOperatorHasABoundedNumberOfPods() {
    List<Switch> switches = new ArrayList<>();
    for (int pod = 0; pod < AcceptedLinks.LINKS_PER_OPERATOR_MAX; pod++) {
      switches.add(new Switch());
      assertThat(links.admit(hello(1, "pod-" + pod, 1), switches.getLast())).isEmpty();
    }
    assertThat(links.admit(hello(1, "pod-more", 1), new Switch())).contains(Reason.SURPLUS_LINK);
    assertThat(links.admit(hello(2, "pod-0", 1), new Switch())).isEmpty();
    assertThat(links.admit(hello(1, "pod-0", 2), new Switch())).isEmpty();
    links.end(switches.getLast());
    assertThat(links.admit(hello(1, "pod-more", 1), new Switch())).isEmpty();
  }

  @Test
  void handshakesAreBoundedUntilTheyAreDone() {
    List<Switch> switches = new ArrayList<>();
    for (int i = 0; i < AcceptedLinks.HANDSHAKES_MAX; i++) {
      switches.add(new Switch());
      assertThat(links.begin(switches.getLast())).isTrue();
    }
    assertThat(links.begin(new Switch())).isFalse();
    links.end(switches.getFirst());
    assertThat(links.begin(new Switch())).isTrue();
    assertThat(links.begin(new Switch())).isFalse();
    assertThat(links.admit(hello(1, "pod-0", 1), switches.getLast())).isEmpty();
    assertThat(links.begin(new Switch())).isTrue();
  }

  @Test
  void closingShutsEverythingAndAdmitsNothingMore() {
    Switch shaking = new Switch();
    Switch open = new Switch();
    assertThat(links.begin(shaking)).isTrue();
    assertThat(links.admit(hello(1, "pod-0", 1), open)).isEmpty();
    links.close();
    assertThat(shaking.isShut).isTrue();
    assertThat(open.isShut).isTrue();
    assertThat(links.begin(new Switch())).isFalse();
    assertThat(links.admit(hello(2, "pod-0", 1), new Switch())).contains(Reason.SURPLUS_LINK);
  }

  private static Hello hello(int operator, String pod, long incarnation) {
    return new Hello(Bytes32.ZERO, operator, pod, incarnation, "1.0", Features.NONE);
  }

  private static final class Switch implements KillSwitch {
    private boolean isShut;

    @Override
    public void shutdown() {
      isShut = true;
    }

    @Override
    public void abort(Throwable failure) {
      isShut = true;
    }
  }
}
