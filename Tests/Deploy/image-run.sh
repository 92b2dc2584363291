#!/usr/bin/env bash
# image-run.sh: runs the image that image.sh has built, in a network of its own. image.sh sets $buildah, $container, the
# folder $root of the container, the image's $entry and $health, $picture, and $folder for what is to be thrown away.
# shellcheck disable=SC2086,SC2154
set -euxo pipefail
key=0123456789abcdef0123456789abcdef

ip link set lo up
header="X-API-Key: $key"
wait_for_server() {
  local _
  for _ in $(seq 120); do
    curl --fail --silent --output /dev/null http://127.0.0.1:3000/api/health && return
    sleep 0.5
  done
  return 1
}
refused() { if "$@"; then return 1; fi; }
use() {
  wait_for_server
  curl --fail --silent http://127.0.0.1:3000/ | grep -i "<title>"
  curl --fail --silent --header "$header" --form "image=@$picture" http://127.0.0.1:3000/api/extract-pose |
    grep --only-matching "Pose extracted successfully"
  curl --fail --silent --header "$header" --request POST http://127.0.0.1:3000/api/backup/trigger |
    grep --only-matching "\"success\":true"
  "$@" sh -c "$health"
}

# reached from outside, it does not start without a key
refused $buildah run --isolation chroot "$container" -- $entry >"$folder/refused" 2>&1
grep API_KEY "$folder/refused"
refused $buildah run --isolation chroot "$container" -- sh -c "$health"

$buildah run --isolation chroot --env API_KEY="$key" "$container" -- $entry &
use $buildah run --isolation chroot "$container" --
[[ $(stat --format=%u "/proc/$(pidof posevault)") == 10001 ]]
kill "$(pidof posevault)"
wait %1

# as compose.yaml runs it: nothing but the volume and /tmp can be written, no rights
mount --bind "$root" "$root"
mkdir "$folder/volume"
chown 10001:10001 "$folder/volume"
mount --bind "$folder/volume" "$root/var/lib/posevault"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
refused touch "$root/opt/x"
chroot "$root" setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set=-all --no-new-privs \
  env -i --chdir=/var/lib/posevault PATH="$PATH" HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/posevault/data \
  BACKUP_DIR=/var/lib/posevault/backups API_KEY="$key" $entry &
use chroot "$root" env PORT=3000
kill "$(pidof posevault)"
wait
ls "$folder"/volume/backups/*.zip
