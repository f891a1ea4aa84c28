/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.SszType.Bitlist;
import dev.quorate.ethereum.ssz.SszType.Bitvector;
import dev.quorate.ethereum.ssz.SszType.Bool;
import dev.quorate.ethereum.ssz.SszType.ByteList;
import dev.quorate.ethereum.ssz.SszType.ByteVector;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import dev.quorate.ethereum.ssz.SszType.ListOf;
import dev.quorate.ethereum.ssz.SszType.Uint;
import dev.quorate.ethereum.ssz.SszType.Vector;
import java.math.BigInteger;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SszTest {
  private static final Uint UINT64 = new Uint(64);

  /** One fixed field between two variable ones. */
  private static final Container MIXED =
      new Container(
          new Field("a", new ByteList(4)),
          new Field("b", new Uint(16)),
          new Field("c", new ListOf(new ByteList(2), 3)));

  @Test
  void readsAContainerWithVariableParts() {
    SszValue value = decode(MIXED, "0a000000 0201 0c000000 aabb 08000000 09000000 cc dd");
    assertThat(SszJson.write(MIXED, value))
        .isEqualTo(
            SharedVectors.json("{'a':'0xaabb','b':'258','c':['0xcc','0xdd']}".replace('\'', '"')));
  }

  @ParameterizedTest
  @CsvSource({
    "cut off in the fixed part, 0a000000 0201 0c0000",
    "the first offset inside the fixed part, 09000000 0201 0c000000 aabb 08000000 09000000 cc dd",
    "a gap before the first part, 0b000000 0201 0c000000 aabb 08000000 09000000 cc dd",
    "the second offset before the first, 0a000000 0201 09000000 aabb 08000000 09000000 cc dd",
    "an offset beyond the end, 0a000000 0201 17000000 aabb 08000000 09000000 cc dd",
    "the largest offset, 0a000000 0201 ffffffff aabb 08000000 09000000 cc dd",
    "a byte list over its limit, 0a000000 0201 0f000000 aabbaabbaa 08000000 09000000 cc dd",
    "a first offset of zero, 0a000000 0201 0c000000 aabb 00000000 09000000 cc dd",
    "a first offset within a word, 0a000000 0201 0c000000 aabb 07000000 09000000 cc dd",
    "a first offset beyond the list, 0a000000 0201 0c000000 aabb fcffffff 09000000 cc dd",
    "less than an offset, 0a000000 0201 0c000000 aabb 080000",
    "more elements than the limit, 0a000000 0201 0c000000 aabb 10000000 10000000 10000000 10000000",
    "an element over its limit, 0a000000 0201 0c000000 aabb 08000000 09000000 cc dddddd"
  })
  void refusesAContainerWith(String what, String hex) {
    assertThat(Ssz.decode(MIXED, bytes(hex))).as(what).isEmpty();
  }

  @Test
  void refusesBytesBehindAContainerOfFixedSize() {
    Container pair = new Container(new Field("a", UINT64), new Field("b", new Bool()));
    assertThat(Ssz.decode(pair, bytes("0000000000000000 01"))).isPresent();
    assertThat(Ssz.decode(pair, bytes("0000000000000000 0100"))).isEmpty();
    assertThat(Ssz.decode(pair, bytes("0000000000000000"))).isEmpty();
    assertThat(Ssz.decode(pair, bytes("0000000000000000 02"))).isEmpty();
  }

  @Test
  void refusesBitsWhereThereAreNone() {
    assertThat(Ssz.decode(new Bitvector(4), bytes("0f"))).isPresent();
    assertThat(Ssz.decode(new Bitvector(4), bytes("1f"))).isEmpty();
    assertThat(Ssz.decode(new Bitvector(8), bytes("ff"))).isPresent();
    assertThat(Ssz.decode(new Bitvector(8), bytes("ff00"))).isEmpty();
    assertThat(Ssz.decode(new Bitvector(9), bytes("ff"))).isEmpty();
  }

  @Test
  void refusesABitlistWithoutDelimiterOrBeyondItsLimit() {
    Bitlist list = new Bitlist(8);
    assertThat(Ssz.decode(list, bytes("01"))).isPresent();
    assertThat(Ssz.decode(list, bytes("ff01"))).isPresent();
    assertThat(Ssz.decode(list, bytes("ff02"))).isEmpty();
    assertThat(Ssz.decode(list, bytes("ff03"))).isEmpty();
    assertThat(Ssz.decode(list, bytes("00"))).isEmpty();
    assertThat(Ssz.decode(list, bytes("0100"))).isEmpty();
    assertThat(Ssz.decode(list, Bytes.EMPTY)).isEmpty();
  }

  @Test
  void refusesAListOverItsLimitAndOneThatEndsWithinAnElement() {
    ListOf list = new ListOf(new Uint(16), 2);
    assertThat(Ssz.decode(list, Bytes.EMPTY)).isPresent();
    assertThat(Ssz.decode(list, bytes("0100 0200"))).isPresent();
    assertThat(Ssz.decode(list, bytes("0100 02"))).isEmpty();
    assertThat(Ssz.decode(list, bytes("0100 0200 0300"))).isEmpty();
    assertThat(Ssz.decode(new Vector(new Uint(16), 2), bytes("0100"))).isEmpty();
    assertThat(Ssz.decode(new Vector(new ByteList(1), 2), bytes("04000000"))).isEmpty();
    assertThat(Ssz.decode(new ByteVector(2), bytes("01"))).isEmpty();
    assertThat(Ssz.decode(UINT64, bytes("01"))).isEmpty();
  }

  @Test
  void refusesAHugeListBeforeItMakesRoomForIt() {
    // A table of 2^20 offsets is claimed by four bytes: the claim must fit the bytes that are
    // there.
    ListOf list = new ListOf(new ByteList(1), 1L << 40);
    assertThat(Ssz.decode(list, bytes("00004000"))).isEmpty();
  }

  @Test
  void holdsIntegersOf64And256BitsUnsigned() {
    assertThat(decode(UINT64, "ffffffffffffffff"))
        .isEqualTo(new SszValue.Unsigned(new BigInteger("18446744073709551615")));
    Uint uint256 = new Uint(256);
    SszValue max = new SszValue.Unsigned(BigInteger.TWO.pow(256).subtract(BigInteger.ONE));
    assertThat(Ssz.encode(uint256, max)).isEqualTo(bytes("ff".repeat(32)));
    assertThat(SszJson.read(uint256, SszJson.write(uint256, max))).contains(max);
    assertThat(uint256.admits(new SszValue.Unsigned(BigInteger.TWO.pow(256)))).isFalse();
    assertThat(uint256.admits(new SszValue.Unsigned(BigInteger.ONE.negate()))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"18446744073709551616\"",
        "\"-1\"",
        "\"01\"",
        "\"1e3\"",
        "\"\"",
        "1",
        "null",
        "\"٣\"",
        "\"0x1\"",
        "\" 1\"",
        "\"111111111111111111111111\""
      })
  void refusesAUint64WrittenAs(String json) {
    assertThat(SszJson.read(UINT64, SharedVectors.json(json))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"0x0\"", "\"0xaa\"", "\"0xaabbcc\"", "\"aabb\"", "\"0xaabg\"", "170", "[]"})
  void refusesTwoBytesWrittenAs(String json) {
    assertThat(SszJson.read(new ByteVector(2), SharedVectors.json(json))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'epoch':'1'}",
        "{'epoch':'1','root':'ROOT','fork':'1'}",
        "{'epoch':'1','boot':'ROOT'}",
        "{'epoch':1,'root':'ROOT'}",
        "['1','ROOT']"
      })
  void refusesAContainerWrittenAs(String json) {
    Container checkpoint = new BeaconTypes(Fork.FULU, Preset.MAINNET).container("Checkpoint");
    String text = json.replace('\'', '"').replace("ROOT", Bytes32.ZERO.toString());
    assertThat(SszJson.read(checkpoint, SharedVectors.json(text))).isEmpty();
  }

  @Test
  void refusesJsonListsOverTheirLimitAndVectorsOfAnotherLength() {
    assertThat(SszJson.read(new ListOf(UINT64, 1), SharedVectors.json("[\"1\"]"))).isPresent();
    assertThat(SszJson.read(new ListOf(UINT64, 1), SharedVectors.json("[\"1\",\"2\"]"))).isEmpty();
    assertThat(SszJson.read(new Vector(UINT64, 2), SharedVectors.json("[\"1\"]"))).isEmpty();
    assertThat(SszJson.read(new Bool(), SharedVectors.json("\"true\""))).isEmpty();
    assertThat(SszJson.read(new ByteList(1), SharedVectors.json("\"0x0102\""))).isEmpty();
    assertThat(SszJson.read(new Bitlist(8), SharedVectors.json("\"0xff02\""))).isEmpty();
  }

  @Test
  void encodesHashesAndWritesOnlyValuesOfTheType() {
    SszValue value = new SszValue.Flag(true);
    assertThatIllegalArgumentException().isThrownBy(() -> Ssz.encode(UINT64, value));
    assertThatIllegalArgumentException().isThrownBy(() -> Ssz.hashTreeRoot(UINT64, value));
    assertThatIllegalArgumentException().isThrownBy(() -> SszJson.write(UINT64, value));
    assertThat(SszJson.write(new Bool(), value))
        .isEqualTo(JsonNodeFactory.instance.booleanNode(true));
  }

  @Test
  void knowsTheRootsOfEmptyTrees() {
    assertThat(Merkle.root(new byte[0], 1)).isEqualTo(Bytes32.ZERO);
    assertThat(Merkle.root(new byte[0], 2).hex())
        .isEqualTo("f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    assertThat(Merkle.root(new byte[1], 4).hex())
        .isEqualTo("db56114e00fdd4c1f85c892bf35ac9a89289aaecb1ebd0a96cde606a748b5d71");
    assertThat(Merkle.root(new byte[0], 1L << 40)).isEqualTo(Merkle.root(new byte[1], 1L << 40));
    assertThatIllegalArgumentException().isThrownBy(() -> Merkle.root(new byte[33], 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Merkle.root(new byte[0], 0));
  }

  @Test
  void tellsAListFromAVectorAndItsLengthFromItsContent() {
    Bytes zeros = bytes("0000");
    Bytes32 vector = Ssz.hashTreeRoot(new ByteVector(2), new SszValue.Octets(zeros));
    Bytes32 two = Ssz.hashTreeRoot(new ByteList(2), new SszValue.Octets(zeros));
    Bytes32 none = Ssz.hashTreeRoot(new ByteList(2), new SszValue.Octets(Bytes.EMPTY));
    assertThat(vector).isEqualTo(Bytes32.ZERO);
    assertThat(none.hex())
        .isEqualTo("f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    assertThat(two).isNotEqualTo(none);
    assertThat(Ssz.hashTreeRoot(new Bitlist(8), new SszValue.Octets(bytes("01")))).isEqualTo(none);
  }

  @Test
  void givesForksOnlyTheContainersTheyHave() {
    assertThat(new BeaconTypes(Fork.ELECTRA, Preset.MAINNET).container("SingleAttestation"))
        .isNotNull();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new BeaconTypes(Fork.DENEB, Preset.MAINNET).container("SingleAttestation"));
  }

  @Test
  void returnsWhatWasEncodedForRandomTypesAndValues() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SszTest -Dseed=" + seed);
    Random random = new Random(seed);
    RandomValues values = new RandomValues(random, 12, 64);
    for (int i = 0; i < 2_000; i++) {
      SszType type = randomType(random, 3);
      SszValue value = values.of(type);
      Bytes encoded = Ssz.encode(type, value);
      assertThat(Ssz.decode(type, encoded)).as("%s", type).contains(value);
      assertThat(SszJson.read(type, SszJson.write(type, value))).as("%s", type).contains(value);
      Bytes noise = values.bytes(random.nextInt(40));
      Ssz.decode(type, noise)
          .ifPresent(read -> assertThat(Ssz.encode(type, read)).as("%s", type).isEqualTo(noise));
      assertThat(type.fixedSize().orElse(encoded.size())).isEqualTo(encoded.size());
    }
  }

  private static SszType randomType(Random random, int depth) {
    int size = 1 + random.nextInt(12);
    return switch (random.nextInt(depth == 0 ? 6 : 9)) {
      case 0 -> new Uint(8 << random.nextInt(6));
      case 1 -> new Bool();
      case 2 -> new ByteVector(size);
      case 3 -> new ByteList(size);
      case 4 -> new Bitvector(size);
      case 5 -> new Bitlist(size);
      case 6 -> new Vector(randomType(random, depth - 1), 1 + random.nextInt(4));
      case 7 -> new ListOf(randomType(random, depth - 1), 1 + random.nextInt(4));
      default ->
          new Container(
              IntStream.range(0, 1 + random.nextInt(4))
                  .mapToObj(i -> new Field("f" + i, randomType(random, depth - 1)))
                  .toList());
    };
  }

  private static SszValue decode(SszType type, String hex) {
    return Ssz.decode(type, bytes(hex)).orElseThrow();
  }

  private static Bytes bytes(String hex) {
    return Bytes.fromHex(hex.replace(" ", ""));
  }
}
