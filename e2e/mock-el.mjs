// An execution engine that finds every payload valid and makes empty ones (Engine API over JSON-RPC, V1 and V2).
// usage: node mock-el.mjs PORT
// Lodestar's own mock does not know the block that a chain merged from genesis starts with, and then never makes one.
import crypto from "node:crypto";
import http from "node:http";

const port = Number(process.argv[2]);
const PAYLOADS_MAX = 64;
const ZERO_32 = "0x" + "00".repeat(32);
const quantity = (n) => "0x" + BigInt(n).toString(16);

/** Block hash -> number, so that a child gets the next one. */
const numbers = new Map();
/** Payload id -> what the beacon node asked to be built. */
const payloads = new Map();
let lastPayloadId = 0;

const valid = (hash) => ({status: "VALID", latestValidHash: hash, validationError: null});

const engine = {
  exchangeCapabilities: (_version, capabilities) => capabilities,

  forkchoiceUpdated: (_version, {headBlockHash}, attributes) => {
    let payloadId = null;
    if (attributes) {
      payloadId = "0x" + (++lastPayloadId).toString(16).padStart(16, "0");
      payloads.set(payloadId, {parentHash: headBlockHash, attributes});
      if (payloads.size > PAYLOADS_MAX) payloads.delete(payloads.keys().next().value);
    }
    return {payloadStatus: valid(headBlockHash), payloadId};
  },

  newPayload: (_version, {blockHash, blockNumber}) => {
    numbers.set(blockHash, BigInt(blockNumber));
    return valid(blockHash);
  },

  getPayload: (version, id) => {
    const {parentHash, attributes} = payloads.get(id) ?? fail(-38001, "Unknown payload");
    const payload = {
      parentHash,
      feeRecipient: attributes.suggestedFeeRecipient,
      stateRoot: ZERO_32,
      receiptsRoot: ZERO_32,
      logsBloom: "0x" + "00".repeat(256),
      prevRandao: attributes.prevRandao,
      blockNumber: quantity((numbers.get(parentHash) ?? 0n) + 1n),
      gasLimit: quantity(30_000_000),
      gasUsed: "0x0",
      timestamp: attributes.timestamp,
      extraData: "0x",
      baseFeePerGas: "0x7",
      blockHash: "",
      transactions: [],
      ...(attributes.withdrawals && {withdrawals: attributes.withdrawals}),
    };
    payload.blockHash = "0x" + crypto.createHash("sha256").update(JSON.stringify(payload)).digest("hex");
    return version === 1 ? payload : {executionPayload: payload, blockValue: "0x1"};
  },
};

function fail(code, message) {
  throw Object.assign(new Error(message), {code});
}

function answer({id, method, params}) {
  try {
    const [, name, version] = /^engine_(\w+?)(?:V(\d))?$/.exec(method) ?? [];
    const handler = engine[name] ?? fail(-32601, `no ${method}`);
    return {jsonrpc: "2.0", id, result: handler(Number(version), ...params)};
  } catch (error) {
    return {jsonrpc: "2.0", id, error: {code: error.code ?? -32000, message: error.message}};
  }
}

http
  .createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const calls = JSON.parse(body);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(calls) ? calls.map(answer) : answer(calls)));
  })
  .listen(port, "127.0.0.1");
