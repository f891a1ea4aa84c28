# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, and what Lodestar needs in its environment.

e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Everything that a run leaves behind: the installed beacon node, databases, key stores, logs. Ignored by git.
work=$e2e/work
# Not named LODESTAR…: Lodestar reads every such variable as a flag, all but its preset.
# shellcheck disable=SC2034 # for those who source this
beacon_node_main=$work/lodestar/node_modules/@chainsafe/lodestar/lib/index.js

export LODESTAR_PRESET=minimal
# Pure JavaScript instead of native add-ons that would have to be compiled.
export NODE_BACKEND=js

fail() {
  echo "e2e: $*" >&2
  exit 1
}

# Builds what is not built, so that nothing has to be once the clock of a chain runs, and trains it as operators do
# (docs/configuration.md): four young virtual machines on two cores are late in a chain's first slots.
build_and_train() {
  "$1" --version
  [ -f "$e2e/../node/target/quorate.aot" ] || "$1" train --validators 8 --slots 4 --slot-seconds 2
}

# Asks the processes to end, and after ten seconds no longer asks.
stop() {
  local pid
  [ $# -gt 0 ] || return 0
  kill "$@" 2>/dev/null || true
  for _ in $(seq 20); do
    kill -0 "$@" 2>/dev/null || break
    sleep 0.5
  done
  for pid in "$@"; do
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

# usage: wait_for_beacon_node PORT LOG
wait_for_beacon_node() {
  for _ in $(seq 120); do
    # Not its version, which a pod tells before it knows how its own node fares.
    ! curl -fs "http://127.0.0.1:$1/eth/v1/config/spec" >/dev/null || return 0
    sleep 1
  done
  tail -n 30 "$2" >&2
  fail "the beacon node did not start, see $2"
}

# usage: sleep_until UNIX_SECONDS
sleep_until() {
  local seconds=$(($1 - $(date +%s)))
  [ $seconds -le 0 ] || sleep $seconds
}

# usage: all_run PID…
all_run() {
  local pid
  for pid in "$@"; do kill -0 "$pid" 2>/dev/null || return 1; done
}
