// A beacon node as an operator far away sees it: everything is passed on, but heads come late, or are those of slots before.
// usage: node lagging-proxy.mjs PORT URL [--head-delay-millis N] [--slots-behind N]
//   --head-delay-millis  head events, and what would tell the head, come so much later
//   --slots-behind       the head is an older one; duties, submissions and blocks are those of the node
import http from "node:http";
import {setTimeout as sleep} from "node:timers/promises";

const [port, target, ...flags] = process.argv.slice(2);
const flag = (name) => Number(flags[flags.indexOf(name) + 1] ?? 0) || 0;
const delayMillis = flags.includes("--head-delay-millis") ? flag("--head-delay-millis") : 0;
const slotsBehind = flags.includes("--slots-behind") ? flag("--slots-behind") : 0;

const EVENT_CHARS_MAX = 1 << 20;
const node = new URL(target);
const agent = new http.Agent({keepAlive: true});
/** What tells the head without an event. */
const isOfHead = (path) =>
  /^\/eth\/v1\/beacon\/(blocks|headers)\/head(\/|\?|$)/.test(path) || path.startsWith("/eth/v1/validator/attestation_data");
let slotMillis = 0;

async function json(path) {
  const response = await fetch(target + path);
  return response.ok ? (await response.json()).data : null;
}

/** The newest block that is old enough: an earlier slot may have none. */
async function olderRoot(slot) {
  for (let older = slot - slotsBehind; older > 0; older--) {
    const root = await json(`/eth/v1/beacon/blocks/${older}/root`);
    if (root) return root.root;
  }
  return (await json("/eth/v1/beacon/blocks/0/root")).root;
}

async function older(path, body) {
  const answer = JSON.parse(body);
  if (path.startsWith("/eth/v1/validator/attestation_data")) {
    answer.data.beacon_block_root = await olderRoot(Number(answer.data.slot));
    return JSON.stringify(answer);
  }
  const header = await json("/eth/v1/beacon/headers/head");
  const root = await olderRoot(Number(header.header.message.slot));
  if (path.includes("/headers/")) {
    return JSON.stringify({...answer, data: await json(`/eth/v1/beacon/headers/${root}`)});
  }
  return JSON.stringify({...answer, data: {root}});
}

/** Whole events, each as late as it is asked for. */
function passEvents(from, to) {
  let waiting = "";
  from.setEncoding("utf8");
  from.on("data", (text) => {
    waiting = (waiting + text).slice(-EVENT_CHARS_MAX);
    const end = waiting.lastIndexOf("\n\n") + 2;
    if (end < 2) return;
    const events = waiting.slice(0, end);
    waiting = waiting.slice(end);
    setTimeout(() => to.writable && to.write(events), delayMillis + slotsBehind * slotMillis);
  });
  from.on("end", () => to.end());
}

http
  .createServer((request, response) => {
    const headers = {...request.headers, host: node.host};
    const onward = http.request(
      {agent, hostname: node.hostname, port: node.port, method: request.method, path: request.url, headers},
      async (answer) => {
        if (/event-stream/.test(answer.headers["content-type"] ?? "")) {
          response.writeHead(answer.statusCode, answer.headers);
          response.flushHeaders();
          passEvents(answer, response);
        } else if (request.method === "GET" && isOfHead(request.url) && answer.statusCode === 200) {
          const chunks = [];
          for await (const chunk of answer) chunks.push(chunk);
          const body = Buffer.concat(chunks).toString("utf8");
          await sleep(delayMillis);
          const {"content-length": _, ...kept} = answer.headers;
          response.writeHead(200, kept);
          response.end(slotsBehind > 0 ? await older(request.url, body).catch(() => body) : body);
        } else {
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        }
        answer.on("error", () => response.destroy());
        response.on("close", () => answer.destroy());
      },
    );
    onward.on("error", (error) => {
      if (!response.headersSent) response.writeHead(502);
      response.end(String(error));
    });
    request.pipe(onward);
  })
  .listen(Number(port), "127.0.0.1", async () => {
    while (slotMillis === 0) {
      slotMillis = Number((await json("/eth/v1/config/spec").catch(() => null))?.SECONDS_PER_SLOT ?? 0) * 1000;
      await sleep(200);
    }
    console.log(`127.0.0.1:${port} -> ${target}: heads ${delayMillis} ms late and ${slotsBehind} slots behind`);
  });
