# What the scripts share. Sourced, not run; leaves the working directory at the project's root.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Everything that is fetched lives here; git ignores it.
# shellcheck disable=SC2034
runtime=.runtime

say() { printf '%s\n' "$*" >&2; }

# Ends the script with one line that says what is wrong and what to do.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
