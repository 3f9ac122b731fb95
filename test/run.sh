#!/usr/bin/env bash
# Every test, as `npm test` runs it: installs what the tests need that npm does not bring, then stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian packages by a command that each of them brings.
declare -A needed=(
  [python3]=python3 [curl]=curl [swaks]=swaks [mutt]=mutt [mbsync]=isync [strace]=strace [getmail]=getmail6
  [offlineimap]=offlineimap3 [fetchmail]=fetchmail [thunderbird]=thunderbird [zsh]=zsh [fish]=fish [Xvfb]=xvfb [chromium]=chromium
)
missing=()
for command in "${!needed[@]}"; do
  command -v "$command" >/dev/null || missing+=("${needed[$command]}")
done
# What swaks needs for TLS, which it only recommends.
perl -MNet::SSLeay -e1 2>/dev/null || missing+=(libnet-ssleay-perl)
# Letters of the webmail's languages, without which a page is as wide as its empty boxes: the two smallest packages that have them.
[ -n "$(fc-list :lang=hi 2>/dev/null)" ] || missing+=(fonts-noto-ui-core)
[ -n "$(fc-list :lang=ja 2>/dev/null)" ] || missing+=(fonts-vlgothic)
if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "postern: the tests need ${missing[*]}: install them first" >&2
    exit 1
  fi
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  # mutt recommends a mail server, which nothing here needs.
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" ca-certificates >/dev/null
fi

npm run --silent prepare
npx biome check --error-on-warnings .
npx tsc
npx tsc -p frontend
npx vitest run
node test/fuzz/structure.ts --inputs 100000
node test/fuzz/commands.ts --streams 200000
node test/faults/simulate.ts --seeds 100
node test/faults/mutants-check.ts
