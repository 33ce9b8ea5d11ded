#!/usr/bin/env bash
# Gives the five logins of roles.sql their passwords, from the environment; run by docker compose when the database is new.
# By hand: PGHOST, PGUSER and PGDATABASE say where, and the superuser's password is asked for.
set -euo pipefail

for login in owner writer public staff cleared; do
  variable="ARCHIVE_$(printf '%s' "$login" | tr '[:lower:]' '[:upper:]')_PASSWORD"
  if [ -z "${!variable:-}" ]; then
    echo "$variable is empty: set it to the password that archive_$login shall have." >&2
    exit 1
  fi
  # The password goes through psql's own environment, not through its arguments, which every process can see.
  NEW_PASSWORD="${!variable}" psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-${PGUSER:-postgres}}" --dbname "${POSTGRES_DB:-${PGDATABASE:-archive}}" <<SQL
\getenv new_password NEW_PASSWORD
set log_min_error_statement = panic;
alter role archive_$login password :'new_password';
SQL
done
