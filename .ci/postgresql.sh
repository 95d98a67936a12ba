# A private PostgreSQL server for the tests, in a temporary folder and reached by a socket there: sourced by .ci/run.
#   postgresql_start   sets SYMSPACE_TEST_POSTGRESQL, unless it names a server already
#   postgresql_stop    ends the server and removes its folder

postgresql_folder=""

# Where the server's programs are: on the path, or where Debian puts them.
postgresql_programs() {
  local found
  if found=$(command -v initdb); then dirname "$found"; return; fi
  for found in /usr/lib/postgresql/*/bin; do [ -x "$found/initdb" ] && last=$found; done
  [ -n "${last:-}" ] && echo "$last"
}

# The server refuses to run as root: another user runs it then.
postgresql_as() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  local user=nobody
  id postgres >/dev/null 2>&1 && user=postgres
  (cd / && runuser -u "$user" -- "$@")
}

postgresql_start() {
  if [ -n "${SYMSPACE_TEST_POSTGRESQL:-}" ]; then return; fi
  if ! postgresql_programs >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "PostgreSQL is not installed and cannot be installed here: its tests will be skipped" >&2
      return
    fi
    apt-get update --quiet --quiet || true
    if ! DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends postgresql >/dev/null; then
      echo "PostgreSQL could not be installed: its tests will be skipped" >&2
      return
    fi
  fi
  local programs
  programs=$(postgresql_programs)
  postgresql_folder=$(mktemp -d /tmp/symspace-postgresql.XXXXXX)
  chmod 755 "$postgresql_folder"
  if [ "$(id -u)" = 0 ]; then chown "$(postgresql_as id -un)" "$postgresql_folder"; fi
  postgresql_as "$programs/initdb" --pgdata "$postgresql_folder/data" --auth trust --username symspace \
    --encoding UTF8 --no-sync >/dev/null
  postgresql_as "$programs/pg_ctl" --pgdata "$postgresql_folder/data" --log "$postgresql_folder/log" --wait --silent \
    --options "-c listen_addresses='' -c unix_socket_directories='$postgresql_folder' -c fsync=off -c max_connections=50" start
  export SYMSPACE_TEST_POSTGRESQL="postgresql://symspace@/postgres?host=$postgresql_folder"
}

postgresql_stop() {
  if [ -z "$postgresql_folder" ]; then return; fi
  postgresql_as "$(postgresql_programs)/pg_ctl" --pgdata "$postgresql_folder/data" --mode immediate --silent stop || true
  rm -rf "$postgresql_folder"
  postgresql_folder=""
}
