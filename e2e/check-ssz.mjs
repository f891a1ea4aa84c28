// Judges samples of SSZ by another implementation: what it decodes must be what the JSON says, and have the sample's root.
// usage: LODESTAR_PRESET=minimal|mainnet node check-ssz.mjs SAMPLES   a table of container x fork on stdout; exits 1 if anything differs
import fs from "node:fs";
import readline from "node:readline";
import {isDeepStrictEqual} from "node:util";

const [samples] = process.argv.slice(2);
const preset = process.env.LODESTAR_PRESET;
const {ssz} = await import(
  new URL("work/ssz-types/node_modules/@lodestar/types/lib/index.js", import.meta.url)
);

const hex = (bytes) => "0x" + Buffer.from(bytes).toString("hex");

/** What differs; empty if nothing does. */
function difference(type, sample) {
  const bytes = Buffer.from(sample.ssz.slice(2), "hex");
  try {
    const decoded = type.deserialize(bytes);
    const read = type.fromJson(sample.json);
    if (hex(type.hashTreeRoot(decoded)) !== sample.root) return "the root of the SSZ";
    if (hex(type.hashTreeRoot(read)) !== sample.root) return "the root of the JSON";
    if (hex(type.serialize(read)) !== sample.ssz) return "the JSON in SSZ";
    // Addresses may be written in either case.
    const lowerCase = (json) => JSON.parse(JSON.stringify(json).toLowerCase());
    return isDeepStrictEqual(lowerCase(type.toJson(decoded)), lowerCase(sample.json)) ? "" : "the SSZ in JSON";
  } catch (error) {
    return error.message;
  }
}

const rows = new Map();
const forks = new Set();
const differences = [];
for await (const line of readline.createInterface({input: fs.createReadStream(samples)})) {
  const sample = JSON.parse(line);
  if (sample.preset !== preset) continue;
  const name = sample.kind === "captured" ? `${sample.container}, captured` : sample.container;
  const row = rows.get(name) ?? new Map();
  rows.set(name, row);
  forks.add(sample.fork);
  const type = ssz[sample.fork][sample.container];
  const cell = row.get(sample.fork) ?? {good: 0, bad: 0, isUnknown: type === undefined};
  row.set(sample.fork, cell);
  if (cell.isUnknown) continue;
  const differs = difference(type, sample);
  if (differs) {
    cell.bad++;
    differences.push(`${preset} ${sample.fork} ${name}: ${differs}`);
  } else {
    cell.good++;
  }
}

const order = ["capella", "deneb", "electra", "fulu"].filter((fork) => forks.has(fork));
const shown = (cell) =>
  cell === undefined ? "-" : cell.isUnknown ? "not there" : cell.bad ? `${cell.bad} DIFFER` : `${cell.good} same`;
console.log(preset.padEnd(32) + order.map((fork) => fork.padEnd(12)).join(""));
for (const [name, row] of rows) {
  console.log(name.padEnd(32) + order.map((fork) => shown(row.get(fork)).padEnd(12)).join(""));
}
const sum = (of) => [...rows.values()].flatMap((row) => [...row.values()]).reduce((all, cell) => all + of(cell), 0);
console.log(`${sum((cell) => cell.good)} same, ${sum((cell) => cell.bad)} differ, `
  + `${sum((cell) => (cell.isUnknown ? 1 : 0))} containers that the other implementation lacks\n`);
[...new Set(differences)].forEach((one) => console.error(one));
process.exit(differences.length || sum((cell) => (cell.isUnknown ? 1 : 0)) || !sum((cell) => cell.good) ? 1 : 0);
