/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.signing.curve.G1;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MutantLoaderTest {
  private static final String QUORUM =
      "consensus/src/main/java/dev/quorate/consensus/quorum/Quorum.java";
  private static final Edit SMALLER_QUORUM =
      new Edit(QUORUM, "return (2 * operators + 2) / 3;", "return (2 * operators + 2) / 3 - 1;");

  private static MutantLoader loader(Edit... edits) throws Exception {
    return MutantLoader.of(Path.of(".."), List.of(edits));
  }

  private static Object quorumSize(ClassLoader world, int operators) throws Exception {
    Class<?> quorum = world.loadClass(Quorum.class.getName());
    return quorum.getMethod("size").invoke(quorum.getConstructor(int.class).newInstance(operators));
  }

  @Test
  void theEditIsSeenThroughTheLoaderAndNowhereElse() throws Exception {
    assertThat(quorumSize(loader(SMALLER_QUORUM), 4)).isEqualTo(2);
    assertThat(quorumSize(MutantLoader.class.getClassLoader(), 4)).isEqualTo(3);
    assertThat(new Quorum(4).size()).isEqualTo(3);
  }

  @Test
  void classesThatAreNotEditedMeetTheEditedOnes() throws Exception {
    ClassLoader mutant = loader(SMALLER_QUORUM);
    Class<?> instance = mutant.loadClass("dev.quorate.consensus.qbft.QbftInstance");
    assertThat(instance.getClassLoader()).isSameAs(mutant);
    assertThat(instance.getMethod("quorum").getReturnType())
        .isSameAs(mutant.loadClass(Quorum.class.getName()))
        .isNotSameAs(Quorum.class);
  }

  @Test
  void severalEditsOfOneFileAreMadeInTheirOrder() throws Exception {
    Edit again = new Edit(QUORUM, "/ 3 - 1;", "/ 3 - 2;");
    assertThat(quorumSize(loader(SMALLER_QUORUM, again), 10)).isEqualTo(5);
  }

  @Test
  void librariesAndThePlatformAreShared() throws Exception {
    ClassLoader mutant = loader(SMALLER_QUORUM);
    assertThat(mutant.loadClass("com.google.protobuf.ByteString"))
        .isSameAs(com.google.protobuf.ByteString.class);
    assertThat(mutant.loadClass("java.util.List")).isSameAs(List.class);
  }

  @Test
  void theCurveComputesInAMutantToo() throws Exception {
    ClassLoader mutant = loader(SMALLER_QUORUM);
    Object point = mutant.loadClass(G1.class.getName()).getField("MINUS_GENERATOR").get(null);
    assertThat(point).isNotInstanceOf(G1.class).hasToString(G1.MINUS_GENERATOR.toString());
  }

  @Test
  void whiteSpaceDoesNotCount() {
    Edit edit = new Edit("A.java", "f(a, b);", "g();");
    assertThat(edit.applyTo("{ f(\n    a,\n    b); }")).isEqualTo("{ g(); }");
  }

  @Test
  void aTextThatIsNotThereIsNamedWithItsFile() {
    Edit edit = new Edit(QUORUM, "return 42;", "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loader(edit))
        .withMessage(QUORUM + " has 0 times instead of once: return 42;");
  }

  @Test
  void aTextThatIsThereTwiceIsNamedWithItsFile() {
    Edit edit = new Edit("A.java", "f();", "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> edit.applyTo("f(); f();"))
        .withMessage("A.java has 2 times instead of once: f();");
  }

  @Test
  void anEditThatDoesNotCompileIsToldInTheCompilersWords() {
    Edit edit = new Edit(QUORUM, "return (operators - 1) / 3;", "return \"none\";");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loader(edit))
        .withMessageContaining("Quorum.java:28: error: incompatible types");
  }
}
