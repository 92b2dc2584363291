#!/usr/bin/env bash
# Plays the machines on which set-up cannot go on, and checks that each gets one clear line.
source "$(dirname "$0")/../Scripts/common.sh"

# a copy, so that nothing of it reaches this checkout's .runtime
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r Scripts "$work/"
cd "$work"
failures=0

# stub NAME SCRIPT: what the command NAME does on the machine that is played
stub() {
  mkdir -p bin
  printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
  chmod +x "bin/$1"
}

# check NAME STATUS TEXT COMMAND…: the command ends with STATUS, and its last line holds TEXT
check() {
  local name=$1 expected=$2 text=$3 status=0
  shift 3
  PATH=$work/bin:$PATH "$@" >output 2>&1 </dev/null || status=$?
  if [[ $status == "$expected" && $(tail -1 output) == *"$text"* ]]; then
    say "✔ $name"
  else
    say "✘ $name: expected status $expected and \"$text\", got $status and:"
    cat output >&2
    failures=$((failures + 1))
  fi
  rm -rf bin
}

stub uname 'echo Linux aarch64'
check "another processor is named" 1 "this is Linux aarch64" Scripts/setup

stub swift 'exit 127'
check "a missing Swift is told where to find" 1 "https://www.swift.org/install" Scripts/setup

stub swift 'echo "Swift version 6.1.2 (swift-6.1.2-RELEASE)"'
check "an old Swift is named" 1 "Swift 6.1 is too old" Scripts/setup

stub dpkg-query 'exit 1'
stub id 'echo 1000'
stub sudo 'echo "a password is required" >&2; exit 1'
check "refused rights lead to the command for an administrator" 1 "by hand: apt-get install libarchive-dev" \
  Scripts/install-packages build

stub dpkg-query 'echo installed'
stub apt-get 'exit 1'
check "packages that are there need no rights" 0 "" Scripts/install-packages build run test lint

# shellcheck disable=SC2016
stub apt-get 'case $1 in indextargets) echo mirror ;; *) exit 100 ;; esac'
check "MySQL 9 that can't be fetched is told in one line" 1 "could not fetch MySQL 9: is there a network?" \
  Scripts/fetch-mysql9
check "nothing of it is left" 1 "" test -e .runtime/servers/mysql9/mysqld

# A wheel is a ZIP file: one of our own shows fetching without a network.
mkdir -p wheels content/parcel content/parcel-1.0.dist-info
echo "a picture" >content/parcel/picture.txt
printf 'Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n' >content/parcel-1.0.dist-info/METADATA
printf 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >content/parcel-1.0.dist-info/WHEEL
touch content/parcel-1.0.dist-info/RECORD
wheel=$work/wheels/parcel-1.0-py3-none-any.whl
(cd content && python3 -m zipfile --create "$wheel" parcel parcel-1.0.dist-info)
hash=$(sha256sum "$wheel" | cut -d ' ' -f 1)
fetch=(Scripts/fetch-from-wheel parcel==1.0)
wanted=(parcel/picture.txt fetched.txt)

export PIP_NO_INDEX=1 PIP_FIND_LINKS=$work/wheels
check "another file of the same name is refused" 1 "does not have the expected SHA-256" \
  "${fetch[@]}" "${hash//[0-9]/0}" "${wanted[@]}"
check "nothing of it is used" 1 "" test -e fetched.txt
check "the pinned file is fetched" 0 "Fetching parcel==1.0" "${fetch[@]}" "$hash" "${wanted[@]}"
check "its content is put where asked" 0 "a picture" cat fetched.txt

export PIP_FIND_LINKS=$work/nowhere
check "a second call needs no network" 0 "" "${fetch[@]}" "$hash" "${wanted[@]}"
rm fetched.txt
check "a missing network is suspected" 1 "is there a network?" "${fetch[@]}" "$hash" "${wanted[@]}"

((failures == 0)) || die "$failures checks of the set-up failed"
