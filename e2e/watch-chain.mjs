// Follows a chain until it finalises, or proves that it does not, and counts whose attestations its blocks hold.
// usage: node watch-chain.mjs URL VALIDATORS GOAL TIMEOUT_SECONDS [--signing|--complete] [PID…]
//   VALIDATORS  indices whose attestations are counted, such as 10..15
//   GOAL        finalized:2   the finalised epoch is at least 2
//               unjustified:6 epoch 6 begins without any epoch having been justified
//   --signing   these validators sign but do not aggregate: the chain has blocks, sync signatures and all attestations of theirs, but
//               for those of committees in which nobody else could aggregate them
//   --complete  every slot must have a block, and blocks all attestations and sync signatures that these validators owed
//   PID         processes that must stay alive meanwhile
// Exits 0 only if the goal was reached in time and, for a finality goal, blocks hold an attestation of these validators.
import {setTimeout as sleep} from "node:timers/promises";

const [url, validatorsArgument, goalArgument, timeoutSeconds, ...rest] = process.argv.slice(2);
const demand = rest[0]?.startsWith("--") ? rest[0] : "";
const pids = demand ? rest.slice(1) : rest;
const [first, last] = validatorsArgument.split("..").map(Number);
const [goal, goalEpoch] = [goalArgument.split(":")[0], Number(goalArgument.split(":")[1])];
const isCounted = (validator) => validator >= first && validator <= last;

const FAILED_POLLS_MAX = 10;

function fail(message) {
  console.error(`e2e: ${message}`);
  process.exit(1);
}

/** The answer's data, or null where the node has none (an empty slot). */
async function get(path) {
  const response = await fetch(url + path, {signal: AbortSignal.timeout(10_000)});
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return (await response.json()).data;
}

const spec = await get("/eth/v1/config/spec");
const slotMillis = Number(spec.SECONDS_PER_SLOT) * 1000;
const slotsPerEpoch = Number(spec.SLOTS_PER_EPOCH);
const deadline = Date.now() + Number(timeoutSeconds) * 1000;

/** "slot/index" -> validators in order. Collected while the epoch is young: the node forgets old shufflings. */
const committees = new Map();

async function collectCommittees(epoch) {
  for (const {slot, index, validators} of await get(`/eth/v1/beacon/states/head/committees?epoch=${epoch}`)) {
    // The pinned Lodestar answers the slot within the epoch as "index", and the committee's index as "slot".
    committees.set(`${epoch * slotsPerEpoch + Number(index)}/${slot}`, validators.map(Number));
  }
}

async function finality() {
  const checkpoints = await get("/eth/v1/beacon/states/head/finality_checkpoints");
  return {justified: Number(checkpoints.current_justified.epoch), finalized: Number(checkpoints.finalized.epoch)};
}

async function headSlot() {
  return Number((await get("/eth/v1/beacon/headers/head")).header.message.slot);
}

function isReached({justified, finalized}, epoch) {
  if (goal === "finalized") return finalized >= goalEpoch;
  if (justified > 0) fail(`epoch ${justified} was justified although the validators outside this node were silent`);
  return epoch >= goalEpoch;
}

function checkProcesses() {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 0);
    } catch {
      fail(`process ${pid} ended before the goal was reached; its log says why`);
    }
  }
}

async function follow() {
  let epochSeen = -1;
  let failedPolls = 0;
  for (;;) {
    checkProcesses();
    try {
      const head = await headSlot();
      const epoch = Math.floor(head / slotsPerEpoch);
      const checkpoints = await finality();
      failedPolls = 0;
      if (epoch > epochSeen) {
        for (let missing = epochSeen + 1; missing <= epoch; missing++) await collectCommittees(missing);
        epochSeen = epoch;
        console.log(`e2e: epoch ${epoch}: justified ${checkpoints.justified}, finalised ${checkpoints.finalized}`);
      }
      if (isReached(checkpoints, epoch)) return checkpoints;
      if (Date.now() > deadline) {
        fail(`not ${goalArgument} after ${timeoutSeconds} s: justified ${checkpoints.justified}, finalised ${checkpoints.finalized}`);
      }
    } catch (error) {
      if (++failedPolls > FAILED_POLLS_MAX) fail(`the beacon node does not answer: ${error.message}`);
    }
    await sleep(slotMillis / 2);
  }
}

/** Positions of the set bits; the highest bit of all only marks the length (SSZ bitlist). */
function bits(hex) {
  const bytes = Buffer.from(hex.slice(2), "hex");
  const set = [];
  for (let i = 0; i < bytes.length * 8; i++) if (bytes[i >> 3] & (1 << (i & 7))) set.push(i);
  return set.slice(0, -1);
}

/** Of every slot up to the head its block, null where there is none. */
async function blocksUpTo(head) {
  const blocks = [];
  for (let slot = 1; slot <= head; slot++) blocks.push((await get(`/eth/v2/beacon/blocks/${slot}`))?.message ?? null);
  return blocks;
}

/** "slot/validator" of every counted attestation in a block. */
function includedDuties(blocks) {
  const included = new Set();
  for (const block of blocks) {
    for (const {aggregation_bits, data} of block?.body.attestations ?? []) {
      const committee = committees.get(`${data.slot}/${data.index}`);
      for (const position of bits(aggregation_bits)) {
        if (isCounted(committee[position])) included.add(`${data.slot}/${committee[position]}`);
      }
    }
  }
  return included;
}

/** "slot/validator" of what these validators owe for slots before the head, whose block may hold it at the latest, and what nobody aggregates. */
function expectedDuties(head) {
  const expected = [], unaggregated = [];
  for (const [key, validators] of committees) {
    const [slot] = key.split("/");
    if (Number(slot) >= head) continue;
    // So few draw no lots: every member of a committee aggregates it.
    const all = demand === "--signing" && validators.every(isCounted) ? unaggregated : expected;
    all.push(...validators.filter(isCounted).map((validator) => `${slot}/${validator}`));
  }
  return {expected, unaggregated};
}

/** Signatures that these validators owed as the sync committee; none of the slot before the first. */
async function syncSignatures(blocks) {
  const members = (await get("/eth/v1/beacon/states/head/sync_committees")).validators.map((index) => isCounted(Number(index)));
  const owed = members.filter(Boolean).length;
  const signed = blocks
    .slice(1)
    .filter((block) => block !== null)
    .map((block) => bits(block.body.sync_aggregate.sync_committee_bits + "01").filter((position) => members[position]).length);
  return {signed: signed.reduce((sum, count) => sum + count, 0), owed: signed.length * owed};
}

const checkpoints = await follow();
const head = await headSlot();
const blocks = await blocksUpTo(head);
const included = includedDuties(blocks);
const {expected, unaggregated} = expectedDuties(head);
const missing = expected.filter((duty) => !included.has(duty));
console.log(`e2e: head slot ${head}, justified epoch ${checkpoints.justified}, finalised epoch ${checkpoints.finalized}`);
console.log(`e2e: validators ${validatorsArgument}: included ${expected.length - missing.length} of ${expected.length} attestations` +
  (unaggregated.length ? `; ${unaggregated.length} more are of committees without an aggregator` : ""));
const found = blocks.filter((block) => block !== null).length;
const proposed = blocks.filter((block) => block !== null && isCounted(Number(block.proposer_index))).length;
const sync = await syncSignatures(blocks);
console.log(`e2e: ${found} blocks in ${head} slots, ${proposed} of them theirs; ${sync.signed} of their ${sync.owed} sync committee signatures`);
if (demand === "--complete") {
  if (found < head) fail(`slots without a block: ${blocks.flatMap((block, i) => (block ? [] : [i + 1])).join(", ")}`);
}
if (demand && missing.length) fail(`attestations in no block, by slot and validator: ${missing.join(", ")}`);
if (demand && (proposed === 0 || sync.signed === 0)) fail("no block, or no sync committee signature, is theirs");
process.exit(goal === "unjustified" || included.size > 0 ? 0 : 1);
