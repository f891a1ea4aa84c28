/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  @Test
  void hasTheRootsThatAnIndependentProgramComputed() {
    assertThat(MerkleTree.of(List.of(text("a"))).root().hex())
        .isEqualTo("022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c");
    assertThat(MerkleTree.of(List.of(text("a"), text("b"), text("c"))).root().hex())
        .isEqualTo("36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1");
    List<Bytes> seven =
        IntStream.range(0, 7).mapToObj(i -> Bytes.of(new byte[] {(byte) i})).toList();
    assertThat(MerkleTree.of(seven).root().hex())
        .isEqualTo("3560191803028444b232018ac047fdb561c09c23a7a6876c85e08b5e4d48e9f3");
  }

  @Test
  void everyPathOfEverySizeLeadsToTheRoot() {
    List<Integer> sizes = new ArrayList<>(IntStream.rangeClosed(1, 70).boxed().toList());
    sizes.addAll(List.of(1023, WireLimits.BATCH_LEAVES_MAX));
    for (int size : sizes) {
      List<Bytes> leaves = leaves(size);
      MerkleTree tree = MerkleTree.of(leaves);
      for (int i = 0; i < size; i++) {
        assertThat(MerkleTree.root(leaves.get(i), i, size, tree.path(i)))
            .as("leaf %d of %d", i, size)
            .contains(tree.root());
      }
    }
  }

  @Test
  void aPathServesNoOtherLeafIndexOrCount() {
    List<Bytes> leaves = leaves(13);
    MerkleTree tree = MerkleTree.of(leaves);
    for (int i = 0; i < 13; i++) {
      for (int j = 0; j < 13; j++) {
        if (i != j) {
          assertThat(MerkleTree.root(leaves.get(i), j, 13, tree.path(i)))
              .isNotEqualTo(Optional.of(tree.root()));
          assertThat(MerkleTree.root(leaves.get(j), i, 13, tree.path(i)))
              .isNotEqualTo(Optional.of(tree.root()));
        }
      }
    }
  }

  @Test
  void refusesAnIndexBeyondTheCount() {
    Bytes path = MerkleTree.of(leaves(4)).path(3);
    assertThat(MerkleTree.root(leaves(4).get(3), 4, 4, path)).isEmpty();
    assertThat(MerkleTree.root(leaves(4).get(3), -1, 4, path)).isEmpty();
    assertThat(MerkleTree.root(leaves(4).get(3), 0, 0, Bytes.EMPTY)).isEmpty();
    assertThat(MerkleTree.root(leaves(4).get(3), 0, -1, Bytes.EMPTY)).isEmpty();
  }

  @Test
  void refusesAPathOfAnotherLength() {
    List<Bytes> leaves = leaves(5);
    Bytes path = MerkleTree.of(leaves).path(1);
    assertThat(MerkleTree.root(leaves.get(1), 1, 5, path.slice(0, 64))).isEmpty();
    assertThat(MerkleTree.root(leaves.get(1), 1, 5, path.slice(0, 95))).isEmpty();
    assertThat(MerkleTree.root(leaves.get(1), 1, 5, Bytes.wrap(new byte[128]))).isEmpty();
    assertThat(MerkleTree.root(leaves.get(4), 4, 5, path)).isEmpty();
  }

  @Test
  void anInnerNodeDoesNotPassForALeaf() {
    List<Bytes> leaves = leaves(4);
    MerkleTree tree = MerkleTree.of(leaves);
    Bytes left = node(hash(leaves.get(0)), hash(leaves.get(1)));
    Bytes right =
        Bytes32.sha256(node(hash(leaves.get(2)), hash(leaves.get(3))).toArray()).toBytes();
    // The content of the inner node as a leaf of a tree of two: the same root without domain bytes.
    assertThat(MerkleTree.root(left, 0, 2, right).orElseThrow()).isNotEqualTo(tree.root());
    assertThat(MerkleTree.root(left.slice(1, left.size()), 0, 2, right).orElseThrow())
        .isNotEqualTo(tree.root());
  }

  @Test
  void repeatingTheLastLeafGivesAnotherRoot() {
    List<Bytes> three = leaves(3);
    List<Bytes> four = new ArrayList<>(three);
    four.add(three.getLast());
    assertThat(MerkleTree.of(four).root()).isNotEqualTo(MerkleTree.of(three).root());
  }

  @Test
  void takesNeitherNoneNorMoreThan1024Leaves() {
    assertThatThrownBy(() -> MerkleTree.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MerkleTree.of(leaves(1025)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(MerkleTree.root(text("a"), 0, 1025, Bytes.wrap(new byte[11 * 32]))).isEmpty();
  }

  private static List<Bytes> leaves(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Bytes.wrap(ByteBuffer.allocate(4).putInt(i).array()))
        .toList();
  }

  private static byte[] hash(Bytes leaf) {
    return Bytes32.sha256(new byte[] {0}, leaf.toArray()).toArray();
  }

  private static Bytes node(byte[] left, byte[] right) {
    return Bytes.wrap(ByteBuffer.allocate(65).put((byte) 1).put(left).put(right).array());
  }

  private static Bytes text(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
