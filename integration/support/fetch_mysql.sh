#!/usr/bin/env bash
# Fetches MySQL's server and unpacks it into a directory: fetch_mysql.sh DIR
#
# Stable Debian has no MySQL; the package and all its libraries, down to the C library's, come from
# the unstable release, checked by apt as always.  Nothing is installed or configured, no root is
# needed, and what is there already stays.  INTERLOCK_MYSQL_MIRROR names another mirror.
set -euo pipefail

Die() {
  echo "fetch_mysql.sh: $*" >&2
  exit 1
}

(($# == 1)) || Die "which directory?"
if [[ -f $1/version ]]; then exit; fi
mkdir -p "$(dirname "$1")"
work=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$work"' EXIT

# An apt of its own, that knows of no installed package and of no other source.
mkdir -p "$work"/{lists,archives}/partial "$work/root"
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
  "${INTERLOCK_MYSQL_MIRROR:-http://deb.debian.org/debian} sid main" >"$work/sources.list"
apt=(apt-get -qq -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work"
  -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o APT::Install-Recommends=0 -o APT::Sandbox::User=root -o Acquire::Languages=none
  -o Acquire::Retries=3 -o Debug::NoLocking=1)
if ! { "${apt[@]}" update && "${apt[@]}" install -y --download-only mysql-server-core; } \
  </dev/null >"$work/log" 2>&1; then
  cat "$work/log" >&2
  Die "cannot fetch MySQL's server"
fi

for package in "$work"/archives/*.deb; do
  case ${package##*/} in
    perl* | libperl*) ;;  # for mysqld_safe and the like
    *) dpkg -x "$package" "$work/root" ;;
  esac
done
rm -rf "$work"/root/usr/share/{doc,man}
dpkg-deb -f "$work"/archives/mysql-server-core_*.deb Version >"$work/root/version"

# Whoever finishes first wins.
chmod 755 "$work/root"
mv -T "$work/root" "$1" 2>/dev/null || [[ -f $1/version ]] ||
  Die "$1 is in the way: neither empty nor an unpacked MySQL"
