#!/usr/bin/env bash
# image.sh BASE FOLDER: builds deploy/Dockerfile by buildah, on base images made of the bare machine BASE instead of those
# of a registry, and runs the image: its entry point, the page, an upload, the health check, a root that is read-only.
# FOLDER holds the images and is left for the caller to remove.
set -euxo pipefail
cd "$(dirname "$0")/../.."
base=$1
folder=$(realpath "$2")
picture=$PWD/.runtime/test-pictures/astronaut.png
run=(buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs)
export BUILDAH_ISOLATION=chroot

# import NAME FOLDER CONFIG…: a folder as the image NAME
import() {
  local container
  container=$("${run[@]}" from scratch)
  "${run[@]}" add --quiet "$container" "$2" /
  "${run[@]}" config "${@:3}" "$container"
  "${run[@]}" commit --quiet --rm "$container" "$1"
}

# The compiler's image: the bare machine with what Swift needs on Debian 12 and this machine's Swift; and this machine's
# ways to git and PyPI.
swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
builder=$folder/builder
cp -a --reflink=auto "$base" "$builder"
cp -L /etc/resolv.conf /etc/hosts "$builder/etc/"
chroot "$builder" env DEBIAN_FRONTEND=noninteractive bash -c 'apt-get update -q && apt-get install -q -y --no-install-recommends \
  binutils-gold ca-certificates gcc git libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses-dev \
  libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata unzip zlib1g-dev'
for path in /etc/gitconfig /etc/pip.conf /etc/ssl/certs; do
  [[ ! -e $path ]] || { rm -rf "${builder:?}$path" && cp -aL "$path" "$builder$path"; }
done
volumes=(--volume "$swift:$swift:ro")
# where git is told to fetch from folders of this machine
while read -r key _; do
  path=${key#url.} path=${path%.insteadof}
  [[ ! -d $path ]] || volumes+=(--volume "$path:$path:ro")
done < <(git config --get-regexp '^url\..*\.insteadof$' | sort -u -k 1,1 || true)
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
import docker.io/library/swift:6.2-bookworm "$builder" --env "PATH=$swift/bin:$path"
rm -rf --one-file-system "$builder"
import docker.io/library/debian:bookworm-slim "$base" --env "PATH=$path"

"${run[@]}" bud --isolation chroot --pull-never --format docker "${volumes[@]}" --file deploy/Dockerfile --tag posevault .
container=$("${run[@]}" from --pull-never posevault)
root=$("${run[@]}" mount "$container")
du --summarize --human-readable "$root"
inspect() { "${run[@]}" inspect --type image --format "$1" posevault; }
[[ $(inspect '{{.Docker.Config.User}}') == posevault ]]
health=$(inspect '{{index .Docker.Config.Healthcheck.Test 1}}')
entry=$(inspect '{{index .Docker.Config.Entrypoint 0}} {{index .Docker.Config.Cmd 0}}')
export folder picture root container health entry

# a network of its own: the image has a fixed port
export buildah="${run[*]}"
unshare --net --mount --pid --fork --kill-child --mount-proc Tests/Deploy/image-run.sh
"${run[@]}" umount "$container"
echo 'ALL WELL'
