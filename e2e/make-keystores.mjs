// Writes EIP-2335 key stores of development validators, as an owner of these keys would bring them along.
// usage: node make-keystores.mjs DIR VALIDATORS   DIR/keystore-<index>.json for each of, say, 10..15, and DIR/../password.txt
// The keys are publicly known: key i = little-endian(sha256(i as 32 little-endian bytes)) mod r.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const [directory, validators] = process.argv.slice(2);
const [first, last] = validators.split("..").map(Number);

const GROUP_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const PBKDF2_ROUNDS = 262_144;
const PASSWORD = "e2e-owner-password";

// The beacon node's own BLS library: nothing else here needs one.
const {SecretKey} = await import(
  new URL("work/lodestar/node_modules/@chainsafe/bls/lib/herumi/index.js", import.meta.url)
);

function secretKey(index) {
  const seed = Buffer.alloc(32);
  seed.writeUInt32LE(index);
  const hash = crypto.createHash("sha256").update(seed).digest().reverse();
  const key = BigInt("0x" + hash.toString("hex")) % GROUP_ORDER;
  return Buffer.from(key.toString(16).padStart(64, "0"), "hex");
}

function keyStore(secret) {
  const salt = crypto.randomBytes(32);
  const iv = crypto.randomBytes(16);
  const derived = crypto.pbkdf2Sync(PASSWORD, salt, PBKDF2_ROUNDS, 32, "sha256");
  const cipher = crypto.createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
  const checksum = crypto.createHash("sha256").update(derived.subarray(16)).update(encrypted).digest();
  const hex = (bytes) => Buffer.from(bytes).toString("hex");
  return {
    crypto: {
      kdf: {function: "pbkdf2", params: {dklen: 32, c: PBKDF2_ROUNDS, prf: "hmac-sha256", salt: hex(salt)}, message: ""},
      checksum: {function: "sha256", params: {}, message: hex(checksum)},
      cipher: {function: "aes-128-ctr", params: {iv: hex(iv)}, message: hex(encrypted)},
    },
    pubkey: hex(SecretKey.fromBytes(secret).toPublicKey().toBytes()),
    path: "",
    uuid: crypto.randomUUID(),
    version: 4,
  };
}

fs.mkdirSync(directory, {recursive: true});
fs.writeFileSync(path.join(directory, "..", "password.txt"), PASSWORD);
for (let index = first; index <= last; index++) {
  fs.writeFileSync(path.join(directory, `keystore-${index}.json`), JSON.stringify(keyStore(secretKey(index)), null, 2));
}
