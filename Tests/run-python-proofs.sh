#!/usr/bin/env bash
# Clients that nobody here wrote talk to the emulators, each to a fresh one; then the requests that our own
# connectors made are held against the published descriptions.
# Usage: run-python-proofs.sh PROGRAM RESULT_FILE    (the result is one line: PASSED FAILED SKIPPED)
set -uo pipefail
cd "$(dirname "$0")/.."

program=$1
result=$2
python=.venv/bin/python
work=$(mktemp -d)
emulator_pid=
passed=0 failed=0 skipped=0

stop_emulator() {
  [ -n "$emulator_pid" ] || return 0
  kill "$emulator_pid" 2>/dev/null
  wait "$emulator_pid" 2>/dev/null
  emulator_pid=
}
finish() {
  stop_emulator
  rm -rf "$work"
  echo "$passed $failed $skipped" >"$result"
  echo "Foreign clients: $passed passed, $failed failed, $skipped skipped"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A virtual environment, made anew only when the requirements change.
prepare_python() {
  local stamp=.venv/requirements.stamp
  if [ -x "$python" ] && cmp -s Tests/python/requirements.txt "$stamp"; then return 0; fi
  rm -rf .venv
  python3 -m venv .venv || return 1
  "$python" -m pip install --quiet --disable-pip-version-check -r Tests/python/requirements.txt || return 1
  cp Tests/python/requirements.txt "$stamp"
}

# Sets emulator_pid and url once the emulator says where it listens.
start_emulator() {
  local output=$work/$1.out
  "$program" emulator "$1" --port 0 >"$output" 2>"$work/$1.err" &
  emulator_pid=$!
  for _ in $(seq 200); do
    url=$(sed -n '1s/^listening on \(127\.0\.0\.1:[0-9]*\).*/http:\/\/\1/p' "$output")
    [ -z "$url" ] || return 0
    kill -0 "$emulator_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "The emulator of $1 did not start:" >&2
  tail -n 20 "$work/$1.err" >&2
  stop_emulator
  return 1
}

# Runs one script, which ends with its own `N passed, N failed`; what ends otherwise counts as one failure.
count() {
  local name=$1 code=0 line
  shift
  echo "-- $name"
  "$@" 2>&1 | tee "$work/proof.out"
  code=${PIPESTATUS[0]}
  # Scripts say on a line of its own what they cannot check on this machine.
  skipped=$((skipped + $(grep -c '^skipped' "$work/proof.out")))
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/proof.out" | tail -n 1)
  if [ -n "$line" ]; then
    passed=$((passed + ${line%% passed*}))
    local rest=${line#*, }
    local bad=${rest%% failed*}
    failed=$((failed + bad))
    if [ "$code" -eq 0 ] || [ "$bad" -gt 0 ]; then return; fi
  fi
  echo "$name ended with code $code" >&2
  failed=$((failed + 1))
}

prove() {
  local script=Tests/python/$1 channel=$2
  if [ ! -f "$script" ]; then
    echo "$script is missing" >&2
    failed=$((failed + 1))
  elif start_emulator "$channel"; then
    count "$1" timeout 300 "$python" "$script" "$url"
    stop_emulator
  else
    failed=$((failed + 1))
  fi
}

if ! prepare_python; then
  echo "Could not prepare Python's packages (Tests/python/requirements.txt). Is the network there?" >&2
  rm -rf .venv
  failed=$((failed + 1))
  exit 1
fi
prove telegram_aiogram.py telegram
prove telegram_ptb.py telegram
prove avito_client.py avito
if [ -f Tests/python/validate_requests.py ]; then
  count validate_requests.py timeout 300 "$python" Tests/python/validate_requests.py
else
  echo "Tests/python/validate_requests.py is missing" >&2
  failed=$((failed + 1))
fi
[ "$failed" -eq 0 ]
