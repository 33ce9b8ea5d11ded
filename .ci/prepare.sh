# Sourced by ./run and ./test: what a machine needs besides the .NET SDK.
# Everything said here goes to standard error, so that a verb's own output stays clean.

say() { printf '%s\n' "$*" >&2; }

find_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1; then
    for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
      if [ -n "$folder" ] && [ -x "$folder/dotnet" ]; then
        export PATH="$folder:$PATH" DOTNET_ROOT="$folder"
        break
      fi
    done
  fi
  if ! command -v dotnet >/dev/null 2>&1; then
    say "The .NET SDK 10 is missing: install it (https://dotnet.microsoft.com/download) and start again."
    exit 1
  fi
  # No build server stays behind when we are done, and nobody is counted.
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
}

# quietly WHAT COMMAND…: the command's output is shown only when it fails.
quietly() {
  local what=$1 log status
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    status=0
  else
    status=$?
    tail -n 60 "$log" >&2
    say "$what failed."
  fi
  rm -f "$log"
  return "$status"
}

is_root() { [ "$(id -u)" = 0 ]; }

# apt_install PACKAGE…: without recommended packages; asks the archive for news only when the first try fails.
apt_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "$@")
  if "${install[@]}" >/dev/null 2>&1 </dev/null; then return 0; fi
  apt-get update >/dev/null 2>&1 </dev/null || true
  "${install[@]}" >/dev/null 2>&1 </dev/null
}

has_postgres() {
  local found
  for found in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$found" ] && [ "$(basename "$(dirname "$(dirname "$found")")")" -ge 15 ] && return 0
  done
  command -v pg_config >/dev/null 2>&1 && [ -x "$(pg_config --bindir)/initdb" ]
}

# The service itself says what to do when there is still none afterwards.
ensure_postgres() {
  has_postgres && return 0
  if ! is_root; then return 1; fi
  say "Installing PostgreSQL from Debian's packages …"
  # Before the package: otherwise Debian makes and starts a server of its own.
  mkdir -p /etc/postgresql-common
  if ! grep -qs '^ *create_main_cluster *= *false' /etc/postgresql-common/createcluster.conf; then
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
  fi
  local version
  for version in 15 16 17 18; do
    if apt_install "postgresql-$version" && has_postgres; then return 0; fi
  done
  return 1
}

# The build fetches the parts for the browser (htmx) by the lock file, and goes on without them. Said here, because the build is quiet;
# a new try when npm has come since, at most once an hour.
web_parts_missing() { [ ! -d "$1/src/ArchiveService/wwwroot/lib" ]; }

retry_web_parts() {
  local stamp="$1/src/ArchiveService/obj/web-parts.stamp"
  if web_parts_missing "$1" && command -v npm >/dev/null 2>&1 && [ -n "$(find "$stamp" -mmin +60 2>/dev/null)" ]; then
    rm -f "$stamp"
    return 0
  fi
  return 1
}

say_web_parts() {
  if web_parts_missing "$1"; then
    if command -v npm >/dev/null 2>&1; then
      say "The parts for the browser (htmx) could not be fetched with npm: the pages work without them."
    else
      say "Node is not installed: the pages work, but without htmx. (Debian: apt-get install npm)"
    fi
  fi
}
