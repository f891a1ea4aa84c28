// Writes the configuration of a chain as a validator client reads it: YAML, from what the beacon node says.
// usage: node chain-config.mjs URL >FILE
// Presets are left out: the client brings its own and refuses to be told.
const CONFIGURED =
  /^(PRESET_BASE|CONFIG_NAME|.*_FORK_(EPOCH|VERSION)|TERMINAL_.*|DEPOSIT_.*(ADDRESS|ID)|SECONDS_PER_.*|MIN_GENESIS_.*|GENESIS_DELAY|ETH1_FOLLOW_DISTANCE|SHARD_COMMITTEE_PERIOD|MIN_VALIDATOR_WITHDRAWABILITY_DELAY|INACTIVITY_SCORE_.*|EJECTION_BALANCE|MIN_PER_EPOCH_CHURN_LIMIT|CHURN_LIMIT_QUOTIENT|PROPOSER_SCORE_BOOST)$/;

const {data} = await (await fetch(`${process.argv[2]}/eth/v1/config/spec`)).json();
for (const [name, value] of Object.entries(data)) {
  if (CONFIGURED.test(name)) console.log(`${name}: ${/^\d+$/.test(value) ? value : `'${value}'`}`);
}
