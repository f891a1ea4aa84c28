// What a validator client needs to know of a chain: from GET /eth/v1/config/spec on standard input to Lodestar's YAML on standard output.
// The preset's figures are left out: LODESTAR_PRESET says them.
let text = "";
for await (const chunk of process.stdin) text += chunk;
const needed =
  /^(PRESET_BASE|CONFIG_NAME|MIN_GENESIS_TIME|MIN_GENESIS_ACTIVE_VALIDATOR_COUNT|GENESIS_DELAY|SECONDS_PER_SLOT|SECONDS_PER_ETH1_BLOCK|ETH1_FOLLOW_DISTANCE|TERMINAL_.*|[A-Z0-9]+_FORK_(EPOCH|VERSION)|GENESIS_FORK_VERSION|DEPOSIT_.*(ADDRESS|ID)|SHARD_COMMITTEE_PERIOD|MIN_VALIDATOR_WITHDRAWABILITY_DELAY|INACTIVITY_SCORE_.*|EJECTION_BALANCE|MIN_PER_EPOCH_CHURN_LIMIT|CHURN_LIMIT_QUOTIENT|PROPOSER_SCORE_BOOST)$/;
for (const [key, value] of Object.entries(JSON.parse(text).data)) {
  if (needed.test(key)) console.log(`${key}: ${/^0x|^[A-Za-z]/.test(value) ? `'${value}'` : value}`);
}
