#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing else.  Sourced by test.sh and
# quickstart.sh: `need_packages build`, `need_packages build mysql`, `need_packages build test` or
# with `fuzz` too.

BUILD_PACKAGES="g++ cmake ninja-build pkg-config libpqxx-dev libpq-dev libpg-query-dev
  libboost-program-options-dev libtomlplusplus-dev libfmt-dev libsqlite3-dev
  libssl-dev nlohmann-json3-dev libexpected-dev libmysqlcppconn-dev postgresql-15 python3"
# MariaDB's core packages hold the programs alone: no service, no user of the system's.
# The keyring is for fetching MySQL.
MYSQL_PACKAGES="mariadb-server-core mariadb-client-core debian-archive-keyring"
TEST_PACKAGES="libgtest-dev libgmock-dev pgbouncer ccache faketime $MYSQL_PACKAGES"
FUZZ_PACKAGES="clang libclang-rt-14-dev"

need_packages() {
  local wanted="" missing="" group package
  for group in "$@"; do
    case $group in
      build) wanted="$wanted $BUILD_PACKAGES" ;;
      mysql) wanted="$wanted $MYSQL_PACKAGES" ;;
      test) wanted="$wanted $TEST_PACKAGES" ;;
      fuzz) wanted="$wanted $FUZZ_PACKAGES" ;;
    esac
  done
  for package in $wanted; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  echo "installing:$missing"
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  # A server that the package would start by itself is none of ours.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $sudo mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing \
    >/dev/null
}
