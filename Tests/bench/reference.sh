#!/usr/bin/env bash
# reference.sh DIR [ROUNDS]: the stack that users would otherwise have (FastAPI, PostgreSQL, Redis and a worker, in its
# leanest honest form, as DIR/run.sh runs it) and switchboard on SQLite, by turns on this machine; prints the ratio.
# Needs redis-server, PostgreSQL, gcc and a Python that can make a venv; says what is missing and ends with 0.
# BENCH_VENV may name a venv that has: fastapi uvicorn[standard] sqlalchemy[asyncio] asyncpg redis[hiredis] aiogram aiohttp orjson.
set -u
dir=${1:-} rounds=${2:-3}
program=${SWITCHBOARD:-.build/release/switchboard}
skip() { echo "reference stack: skipped, $1"; exit 0; }
[ -n "$dir" ] && [ -x "$dir/run.sh" ] || skip "no run.sh in '${dir:-nothing}'"
for tool in redis-server gcc python3 curl; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
if [ -z "${SWITCHBOARD_BENCH_POSTGRES:-}" ]; then
  ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || skip "no PostgreSQL is installed"
  exec "$(dirname "$0")/with-postgres.sh" "$0" "$@"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Its scripts look for their tools beside them, and DIR may not be ours to write to.
cp -r "$dir/.." "$folder/bench" && chmod -R u+w "$folder/bench" || skip "it cannot be copied"
stack=$folder/bench/$(basename "$dir")
gcc -O2 -w -o "$folder/bench/hookload" "$folder/bench/hookload.c" || skip "hookload.c does not compile"
gcc -O2 -w -o "$folder/bench/stub" "$folder/bench/stub.c" || skip "stub.c does not compile"
export VENV=${BENCH_VENV:-$folder/venv}
if [ ! -x "$VENV/bin/uvicorn" ]; then
  python3 -m venv "$VENV" || skip "no venv can be made"
  "$VENV/bin/pip" install -q fastapi 'uvicorn[standard]' 'sqlalchemy[asyncio]' asyncpg 'redis[hiredis]' aiogram aiohttp orjson \
    || skip "its packages cannot be had"
fi
address=${SWITCHBOARD_BENCH_POSTGRES#postgres://}
export DB=postgresql+asyncpg://$address
theirs=() ours=()
for round in $(seq "$rounds"); do
  said=$("$stack/run.sh" 1 aiohttp 1 1 2>&1 | grep closed16 | sed -E 's/.*"per_s":([0-9.]+).*/\1/')
  theirs+=("${said:-0}")
  said=$("$program" bench --only path --json ${SWITCHBOARD_BENCH_ARGS:-} \
    | python3 -c 'import json,sys; print([f for f in json.load(sys.stdin)[0]["figures"] if f["name"]=="delivered"][0]["value"])')
  ours+=("${said:-0}")
  echo "round $round: reference ${theirs[-1]}/s, switchboard ${ours[-1]}/s"
done
python3 - "${theirs[*]}" "${ours[*]}" <<'PYTHON'
import statistics
import sys

theirs, ours = (statistics.median(map(float, text.split())) for text in sys.argv[1:])
if not theirs or not ours:
    sys.exit("one of the two did not run: no ratio")
ratio = ours / theirs
print(f"{'ok  ' if ratio >= 15 else 'MISS'} switchboard in reference stacks: {ratio:.1f}  (wanted at least 15)")
PYTHON
