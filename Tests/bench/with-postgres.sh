#!/usr/bin/env bash
# with-postgres.sh COMMAND...: runs a command with a PostgreSQL of its own, durable as it comes (fsync on), whose address
# is in SWITCHBOARD_BENCH_POSTGRES. Where no PostgreSQL is installed the command runs without, and its part is skipped.
set -u
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
if [ -z "$bin" ]; then
  echo "skipped: no PostgreSQL is installed" >&2
  exec "$@"
fi
folder=$(mktemp -d) port=${PGBENCH_PORT:-$((20000 + RANDOM % 20000))}
as=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
# SIGINT ends a PostgreSQL fast: only the one that was started here, by the id it noted itself.
stop() {
  kill -INT "$(head -1 "$folder/data/postmaster.pid" 2>/dev/null)" 2>/dev/null
  wait
  rm -rf "$folder"
}
trap stop EXIT
cd / && "${as[@]}" "$bin/initdb" --pgdata="$folder/data" --username=bench --auth=trust --encoding=UTF8 --locale=C \
  >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 2; }
"${as[@]}" "$bin/postgres" -D "$folder/data" -c listen_addresses=127.0.0.1 -c "port=$port" \
  -c "unix_socket_directories=$folder" -c max_connections=200 -c shared_buffers=256MB -c log_min_messages=fatal 2>"$folder/log" &
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do sleep 0.05; done
cd "$OLDPWD" || exit 2
SWITCHBOARD_BENCH_POSTGRES="postgres://bench:bench@127.0.0.1:$port/postgres" "$@"
