#!/usr/bin/env bash
# Installs the system libraries that the build and the tests need, as far as they are missing; further package
# names may be given as arguments. Works as root and with sudo, and touches nothing when all is there.
set -euo pipefail

packages=(
  libyaml-dev libpq-dev libcurl4-openssl-dev liblua5.4-dev libsqlite3-dev libargon2-dev
  python3 python3-venv python3-pip "$@"
)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is no Debian: please see to it that the likes of these are installed: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }

# Debian's PostgreSQL makes and starts a cluster when it is installed. The tests start servers of their own: a machine
# that had none is to have none afterwards.
cluster=/etc/postgresql-common/createcluster.conf
if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e "$cluster" ]; then
  "${as_root[@]}" mkdir -p "${cluster%/*}"
  echo "create_main_cluster = false" | "${as_root[@]}" tee "$cluster" >/dev/null
fi

echo "Installing: ${missing[*]}" >&2
# The lists of a fresh image may be empty or old: fetch them only when the first try fails.
if ! apt install --yes --no-install-recommends "${missing[@]}" >&2; then
  if ! { apt update >&2 && apt install --yes --no-install-recommends "${missing[@]}" >&2; }; then
    echo "Could not install: ${missing[*]}. Is the network there? Once they are installed, no network is needed." >&2
    exit 1
  fi
fi
