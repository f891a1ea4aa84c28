/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.ssz.LittleEndian;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The chain: a block in every slot, and justification and finality as they go when nearly everyone
 * attests. Every root is a hash of the configuration and of what the root stands for. Nothing
 * changes unless it is asked for: when in their slots blocks arrive, and whose turn it is after a
 * reorganisation. Safe for use by many threads.
 */
public final class SimulatedChain {
  private static final int COMMITTEES_MIN = 4;
  private static final int COMMITTEE_LENGTH_MIN = 128;

  /** Half of MAX_VALIDATORS_PER_COMMITTEE: as many strangers sit in the committee. */
  private static final int OWN_PER_COMMITTEE_MAX = 1_024;

  /** A prime above every number of seats: steps of it visit each seat once before any twice. */
  private static final long SEAT_STEP = 2_147_483_647L;

  /** Odd, so that steps of it visit each seat once, and all parts of the committee soon. */
  private static final long SYNC_SEAT_STEP = 37;

  /** How far back a block may be that is attested as the head. */
  private static final int HEAD_AGE_SLOTS_MAX = 32;

  static final int TARGET_AGGREGATORS_PER_COMMITTEE = 16;

  /**
   * Epochs for which a validator must have been active before it may leave. Of mainnet's 256 no
   * test waits for the end.
   */
  static final int SHARD_COMMITTEE_PERIOD = 1;

  /** MAXIMUM_GOSSIP_CLOCK_DISPARITY. */
  private static final long GOSSIP_CLOCK_DISPARITY_MILLIS = 500;

  /** Nodes cannot be asked about more epochs, or sync committee periods, at the same time. */
  private static final int EPOCHS_CACHED_MAX = 16;

  private static final int EPOCHS_PER_SYNC_COMMITTEE_PERIOD = 256;

  /** Mainnet's blocks, with nine blobs, are smaller. */
  private static final int BLOCK_BYTES_MAX = 8 * 1024 * 1024;

  /** FAR_FUTURE_EPOCH. */
  private static final String NEVER = "18446744073709551615";

  private final ChainConfig config;
  private final Bytes32 identity;
  private final ObjectNode specJson;
  private final Genesis genesis;
  private final SlotTimes times;
  private final Domains domains;
  private final Map<Draw, EpochDuties> cache = new LinkedHashMap<>();
  private final Map<Long, Integer> branches = new ConcurrentHashMap<>();
  private final Set<Long> salts = ConcurrentHashMap.newKeySet();
  private final Set<Long> orphaned = ConcurrentHashMap.newKeySet();
  private final Map<Long, SyncCommittee> syncCommittees = new ConcurrentHashMap<>();
  private volatile long blockDelayMillis;
  private volatile int blockBytes = 32 * 1024;
  private final Map<Bytes, Long> indices = new HashMap<>();
  private final Map<Long, Bytes> keys = new HashMap<>();

  /** The duties of an epoch, by what they are looked up by. */
  private record EpochDuties(Map<Long, AttesterDuty> byValidator, Map<Seat, AttesterDuty> bySeat) {}

  /**
   * The duties of an epoch are drawn again when it is reorganised.
   *
   * @param branch 0 unless it was
   */
  private record Draw(long epoch, int branch) {}

  /** A place in a committee of a slot. */
  private record Seat(long slot, long committee, int place) {}

  public SimulatedChain(ChainConfig config) {
    this.config = config;
    byte[][] encoded = config.publicKeys().stream().map(Bytes::toArray).toArray(byte[][]::new);
    this.identity =
        Bytes32.sha256(
            ByteBuffer.allocate(16)
                .putLong(config.seed())
                .putLong(config.genesisTimeSeconds())
                .array(),
            Bytes32.sha256(encoded).toArray());
    this.specJson = specJson(config);
    this.genesis =
        new Genesis(config.genesisTimeSeconds(), hash("validators"), version(Fork.PHASE0));
    this.times = new SlotTimes(ChainSpec.ofJson(specJson), genesis);
    this.blockDelayMillis = times.spec().dueMillis(DutyType.ATTESTER, 0);
    this.domains = new Domains(times.spec().forks(), genesis);
    for (int i = 0; i < config.publicKeys().size(); i++) {
      indices.put(config.publicKeys().get(i), validatorIndex(i));
      keys.put(validatorIndex(i), config.publicKeys().get(i));
    }
  }

  public ChainConfig config() {
    return config;
  }

  public Genesis genesis() {
    return genesis;
  }

  public ChainSpec spec() {
    return times.spec();
  }

  public SlotTimes times() {
    return times;
  }

  /** The {@code data} of {@code GET /eth/v1/config/spec}. */
  ObjectNode specJson() {
    return specJson.deepCopy();
  }

  /**
   * The validator index of the key at a position of the configuration: with gaps, so that no one
   * can take the one for the other.
   */
  public static long validatorIndex(int position) {
    return 1_000 + 7L * position;
  }

  /** Empty if the chain's validators under test have no such index. */
  Optional<Bytes> keyOf(long validatorIndex) {
    return Optional.ofNullable(keys.get(validatorIndex));
  }

  /** The validator indices by public key. */
  Map<Bytes, Long> indices() {
    return indices;
  }

  /** The canonical block of a slot. */
  public Bytes32 blockRoot(long slot) {
    return hash("block", slot);
  }

  /** A block of a slot that only nodes with this salt have as their head; all know it. */
  public Bytes32 otherBlockRoot(long slot, long salt) {
    return hash("other block", slot, salt);
  }

  /** From now on the blocks of {@link #otherBlockRoot} are known. */
  void learnBlocks(long salt) {
    salts.add(salt);
  }

  /**
   * From now on the chain has no block at a slot: what was published there is lost. Attested it was
   * all the same.
   */
  void orphan(long slot) {
    orphaned.add(slot);
  }

  boolean isOrphaned(long slot) {
    return orphaned.contains(slot);
  }

  /** Is it a block that may be the head in a slot? */
  boolean knowsHead(long slot, Bytes32 root) {
    return LongStream.rangeClosed(Math.max(0, slot - HEAD_AGE_SLOTS_MAX), slot)
            .anyMatch(block -> blockRoot(block).equals(root))
        || salts.stream().anyMatch(salt -> otherBlockRoot(slot, salt).equals(root));
  }

  Domains domains() {
    return domains;
  }

  /** What a validator signs, of a message of {@code epoch}: see {@link Domains#at}. */
  Bytes32 signingRoot(DomainType type, long epoch, Bytes32 objectRoot) {
    return Domains.signingRoot(objectRoot, domains.at(type, epoch));
  }

  /** What a member of the sync committee signs. */
  Bytes32 syncSigningRoot(long slot, Bytes32 head) {
    return signingRoot(DomainType.SYNC_COMMITTEE, spec().epochOf(slot), head);
  }

  /** What is wrong with what is said of the head in a slot: it counts in that slot only. */
  Optional<Rejection> syncMisfit(long slot, Bytes32 head, long nowMillis) {
    if (nowMillis < times.startMillis(slot)) {
      return Optional.of(Rejection.FUTURE_SLOT);
    }
    if (nowMillis >= times.startMillis(slot + 1) + GOSSIP_CLOCK_DISPARITY_MILLIS) {
      return Optional.of(Rejection.PAST_INCLUSION);
    }
    return knowsHead(slot, head) ? Optional.empty() : Optional.of(Rejection.UNKNOWN_HEAD);
  }

  /** What is wrong with a block that is built on another: it counts in its slot only. */
  Optional<Rejection> blockMisfit(long slot, Bytes32 parent, long nowMillis) {
    return slot == 0
        ? Optional.of(Rejection.PAST_INCLUSION)
        : syncMisfit(slot, blockRoot(slot), nowMillis)
            .or(() ->
                knowsHead(slot - 1, parent)
                    ? Optional.empty()
                    : Optional.of(Rejection.UNKNOWN_PARENT));
  }

  /** SSZ's of a number, as selection proofs sign it. */
  static Bytes32 rootOf(long number) {
    byte[] leaf = new byte[32];
    LittleEndian.put(leaf, 0, number);
    return Bytes32.of(leaf);
  }

  /**
   * Does the proof make its author an aggregator (consensus-specs, {@code is_aggregator} and {@code
   * is_sync_committee_aggregator})?
   *
   * @param members of the committee or of the part of a sync committee, for each that is wanted
   */
  static boolean isSelected(Bytes selectionProof, long members) {
    byte[] hash = Bytes32.sha256(selectionProof.toArray()).toArray();
    return Long.remainderUnsigned(LittleEndian.get(hash, 0), Math.max(1, members)) == 0;
  }

  /**
   * How long after the start of its slot a block arrives. By default when attestations are due, so
   * that nobody has a reason to begin before.
   */
  void setBlockDelay(long millis) {
    if (millis < 0 || millis >= config.slotMillis()) {
      throw new IllegalArgumentException("a block " + millis + " ms after the start of its slot");
    }
    blockDelayMillis = millis;
  }

  /**
   * How large blocks are at most, with their blobs, but for what every block has: half of it is
   * drawn.
   *
   * @param bytes from a megabyte on with all the blobs of a block
   */
  void setBlockBytes(long bytes) {
    if (bytes < 2 || bytes > BLOCK_BYTES_MAX) {
      throw new IllegalArgumentException("blocks of " + bytes + " bytes");
    }
    blockBytes = (int) bytes;
  }

  /** How large the block of a slot is. */
  public int blockBytes(long slot) {
    int half = blockBytes / 2;
    return half + (int) lot(half, "block bytes", slot);
  }

  /** The slot of the newest block that has arrived at an instant; 0 before genesis. */
  long headSlotAt(long unixMillis) {
    return Math.max(0, times.slotAt(unixMillis - blockDelayMillis));
  }

  /**
   * From now on the duties of {@code epoch} depend on another block, and are others. Blocks and
   * checkpoints stay as they are: who attests when is all that this is for.
   */
  void reorganise(long epoch) {
    branches.merge(epoch, 1, Integer::sum);
  }

  /** Grows with every reorganisation. */
  int reorganisations() {
    return branches.values().stream().mapToInt(Integer::intValue).sum();
  }

  private int branch(long epoch) {
    return branches.getOrDefault(epoch, 0);
  }

  /** The block before the epoch preceding {@code epoch}, or genesis. */
  public Bytes32 dependentRoot(long epoch) {
    int branch = branch(epoch);
    return branch == 0 ? firstDependentRoot(epoch) : hash("reorganised", epoch, branch);
  }

  /** What {@link #dependentRoot} was before any reorganisation. */
  Bytes32 firstDependentRoot(long epoch) {
    return blockRoot(Math.max(0, spec().firstSlotOf(Math.max(0, epoch - 1)) - 1));
  }

  /** What a validator attesting in {@code epoch} votes for. */
  public Checkpoint target(long epoch) {
    return new Checkpoint(epoch, blockRoot(spec().firstSlotOf(epoch)));
  }

  /**
   * The justified checkpoint during {@code epoch}. The first two transitions justify nothing
   * (consensus-specs, {@code process_justification_and_finalization}), from then on each justifies
   * the epoch that it ends.
   */
  public Checkpoint justified(long epoch) {
    return epoch < 3 ? new Checkpoint(0, Bytes32.ZERO) : target(epoch - 1);
  }

  /** The finalised checkpoint during {@code epoch}: two justified in a row finalise the first. */
  public Checkpoint finalised(long epoch) {
    return epoch < 4 ? new Checkpoint(0, Bytes32.ZERO) : target(epoch - 2);
  }

  /** What an honest node would have the first committee of {@code slot} attest. */
  public AttestationData attestationData(long slot) {
    long epoch = spec().epochOf(slot);
    return new AttestationData(slot, 0, blockRoot(slot), justified(epoch), target(epoch));
  }

  /** One duty for each validator, in the configuration's order. */
  public List<AttesterDuty> duties(long epoch) {
    Map<Long, AttesterDuty> duties = epochDuties(epoch).byValidator();
    return config.publicKeys().stream().map(indices::get).map(duties::get).toList();
  }

  /** The duties of one slot. */
  public List<AttesterDuty> dutiesAt(long slot) {
    return duties(spec().epochOf(slot)).stream().filter(duty -> duty.slot() == slot).toList();
  }

  /** How many {@link #dutiesAt} there are, without drawing them. */
  public int dutyCountAt(long slot) {
    int validators = config.publicKeys().size();
    long slotInEpoch = slot % config.slotsPerEpoch();
    return switch (config.placement()) {
      case SPREAD ->
          validators / config.slotsPerEpoch()
              + (slotInEpoch < validators % config.slotsPerEpoch() ? 1 : 0);
      case FIRST_SLOT -> slotInEpoch == 0 ? validators : 0;
    };
  }

  /** Who proposes in the slots of an epoch: always one of the validators under test. */
  public List<ProposerDuty> proposals(long epoch) {
    // Since fulu decided an epoch earlier (EIP-7917).
    return proposals(epoch, branch(config.fork().isAtLeast(Fork.FULU) ? epoch : epoch + 1));
  }

  /** The validator index of the proposer of a slot. */
  long proposerOf(long slot) {
    long epoch = spec().epochOf(slot);
    return proposals(epoch).get((int) (slot - spec().firstSlotOf(epoch))).validatorIndex();
  }

  /** What {@link #proposals(long)} were before any reorganisation. */
  List<ProposerDuty> firstProposals(long epoch) {
    return proposals(epoch, 0);
  }

  private List<ProposerDuty> proposals(long epoch, int branch) {
    long first = spec().firstSlotOf(epoch);
    return LongStream.range(first, first + config.slotsPerEpoch())
        .mapToObj(slot -> {
          int position = (int) lot(config.publicKeys().size(), "proposer", slot, branch);
          return new ProposerDuty(
              config.publicKeys().get(position), validatorIndex(position), slot);
        })
        .toList();
  }

  /**
   * The sync committee whose messages of {@code slot} count: that of the next one, whose block has
   * them (consensus-specs, altair/p2p-interface.md).
   */
  SyncCommittee syncCommitteeAt(long slot) {
    return syncCommittee(spec().epochOf(slot + 1));
  }

  /** The sync committee of an epoch, the same for a whole period. */
  public SyncCommittee syncCommittee(long epoch) {
    if (syncCommittees.size() > EPOCHS_CACHED_MAX) {
      syncCommittees.clear();
    }
    return syncCommittees.computeIfAbsent(syncPeriod(epoch), this::drawSyncCommittee);
  }

  static long syncPeriod(long epoch) {
    return epoch / EPOCHS_PER_SYNC_COMMITTEE_PERIOD;
  }

  /** All other seats are strangers'. */
  private SyncCommittee drawSyncCommittee(long period) {
    int validators = config.publicKeys().size();
    Map<Integer, Bytes> seats = new TreeMap<>();
    long start = lot(SyncCommittee.SIZE, "sync seats", period);
    for (int i = 0; i < config.syncSeats(); i++) {
      int seat = (int) ((start + i * SYNC_SEAT_STEP) % SyncCommittee.SIZE);
      int position = (int) lot(validators, "sync committee", period, seat);
      seats.put(seat, config.publicKeys().get(position));
    }
    return new SyncCommittee(seats, indices);
  }

  /** A number below {@code bound}. */
  long lot(int bound, String what, long... numbers) {
    return Math.floorMod(ByteBuffer.wrap(hash(what, numbers).toArray()).getLong(), (long) bound);
  }

  /** Empty if the chain's validators under test have no such index. */
  Optional<AttesterDuty> dutyOf(long validatorIndex, long epoch) {
    return Optional.ofNullable(epochDuties(epoch).byValidator().get(validatorIndex));
  }

  /** What {@link #dutyOf} was before any reorganisation. */
  Optional<AttesterDuty> firstDutyOf(long validatorIndex, long epoch) {
    return Optional.ofNullable(drawn(new Draw(epoch, 0)).byValidator().get(validatorIndex));
  }

  /** Empty if the seat is a stranger's, or none. */
  Optional<AttesterDuty> dutyAt(long slot, long committee, int place) {
    return Optional.ofNullable(
        epochDuties(spec().epochOf(slot)).bySeat().get(new Seat(slot, committee, place)));
  }

  /** Validators in each committee. */
  int committeeLength() {
    return Math.max(COMMITTEE_LENGTH_MIN, 2 * Math.ceilDiv(ownPerSlot(), committees()));
  }

  private int committees() {
    return Math.max(COMMITTEES_MIN, Math.ceilDiv(ownPerSlot(), OWN_PER_COMMITTEE_MAX));
  }

  private int ownPerSlot() {
    return switch (config.placement()) {
      case SPREAD -> Math.ceilDiv(config.publicKeys().size(), config.slotsPerEpoch());
      case FIRST_SLOT -> config.publicKeys().size();
    };
  }

  private EpochDuties epochDuties(long epoch) {
    return drawn(new Draw(epoch, branch(epoch)));
  }

  private synchronized EpochDuties drawn(Draw draw) {
    EpochDuties known = cache.get(draw);
    if (known != null) {
      return known;
    }
    if (cache.size() == EPOCHS_CACHED_MAX) {
      cache.remove(cache.keySet().iterator().next());
    }
    EpochDuties drawn = drawDuties(draw);
    cache.put(draw, drawn);
    return drawn;
  }

  private EpochDuties drawDuties(Draw draw) {
    long epoch = draw.epoch();
    int validators = config.publicKeys().size();
    Map<Integer, Bytes32> lots = new HashMap<>();
    for (int i = 0; i < validators; i++) {
      lots.put(
          i, draw.branch() == 0 ? hash("lot", epoch, i) : hash("lot", epoch, i, draw.branch()));
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, validators).boxed().toList());
    order.sort(Comparator.comparing(lots::get));
    EpochDuties duties = new EpochDuties(new HashMap<>(), new HashMap<>());
    for (int rank = 0; rank < validators; rank++) {
      AttesterDuty duty = duty(epoch, order.get(rank), rank);
      duties.byValidator().put(duty.validatorIndex(), duty);
      duties
          .bySeat()
          .put(new Seat(duty.slot(), duty.committeeIndex(), duty.validatorCommitteeIndex()), duty);
    }
    return duties;
  }

  private AttesterDuty duty(long epoch, int position, int rank) {
    long firstSlot = spec().firstSlotOf(epoch);
    long slot =
        switch (config.placement()) {
          case SPREAD -> firstSlot + rank % config.slotsPerEpoch();
          case FIRST_SLOT -> firstSlot;
        };
    long rankInSlot =
        switch (config.placement()) {
          case SPREAD -> rank / config.slotsPerEpoch();
          case FIRST_SLOT -> rank;
        };
    long seats = (long) committees() * committeeLength();
    long start = lot((int) seats, "seats", slot);
    long seat = (start + rankInSlot * SEAT_STEP) % seats;
    return new AttesterDuty(
        config.publicKeys().get(position),
        validatorIndex(position),
        seat / committeeLength(),
        committeeLength(),
        committees(),
        (int) (seat % committeeLength()),
        slot);
  }

  private Bytes32 hash(String what, long... numbers) {
    ByteBuffer encoded = ByteBuffer.allocate(Long.BYTES * numbers.length);
    for (long number : numbers) {
      encoded.putLong(number);
    }
    return Bytes32.sha256(
        identity.toArray(), what.getBytes(StandardCharsets.US_ASCII), encoded.array());
  }

  private static Bytes version(Fork fork) {
    return Bytes.of(new byte[] {(byte) List.of(Fork.values()).indexOf(fork), 0, 'Q', 'R'});
  }

  private static ObjectNode specJson(ChainConfig config) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("CONFIG_NAME", "quorate-simulator")
            .put("PRESET_BASE", "mainnet")
            .put("SLOTS_PER_EPOCH", Integer.toString(config.slotsPerEpoch()))
            .put("GENESIS_FORK_VERSION", ApiJson.hex(version(Fork.PHASE0)))
            .put("MAX_VALIDATORS_PER_COMMITTEE", "2048")
            .put(
                "TARGET_AGGREGATORS_PER_COMMITTEE",
                Integer.toString(TARGET_AGGREGATORS_PER_COMMITTEE))
            .put(
                "EPOCHS_PER_SYNC_COMMITTEE_PERIOD",
                Integer.toString(EPOCHS_PER_SYNC_COMMITTEE_PERIOD))
            .put("SHARD_COMMITTEE_PERIOD", Integer.toString(SHARD_COMMITTEE_PERIOD))
            .put("SYNC_COMMITTEE_SIZE", Integer.toString(SyncCommittee.SIZE))
            .put("SYNC_COMMITTEE_SUBNET_COUNT", Integer.toString(SyncCommittee.SUBCOMMITTEES))
            .put(
                "TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE",
                Integer.toString(SyncCommittee.TARGET_AGGREGATORS_PER_SUBCOMMITTEE))
            .put("DOMAIN_BEACON_ATTESTER", "0x01000000");
    boolean isInSeconds = config.slotMillis() % 1000 == 0;
    if (isInSeconds) {
      json.put("SECONDS_PER_SLOT", Long.toString(config.slotMillis() / 1000));
    }
    // Nodes of fulu name the new keys, older ones do not.
    if (!isInSeconds || config.fork().isAtLeast(Fork.FULU)) {
      json.put("SLOT_DURATION_MS", Long.toString(config.slotMillis()));
      json.put("ATTESTATION_DUE_BPS", "3333");
    }
    for (Fork fork : Fork.values()) {
      if (fork != Fork.PHASE0) {
        json.put(fork + "_FORK_VERSION", ApiJson.hex(version(fork)));
        json.put(fork + "_FORK_EPOCH", config.fork().isAtLeast(fork) ? "0" : NEVER);
      }
    }
    return json;
  }
}
