# Bare machines of Debian, for trials. Sourced by scripts that have sourced Scripts/common.sh; needs root.
# shellcheck shell=bash
[[ $(id --user) == 0 ]] || die "bare machines are made as root: sudo make …"
bases=${POSEVAULT_BASES:-.build/bases}
machines=$PWD/.build/machines
mkdir -p "$bases" "$machines"

# sources_of SUITE: this machine's own source of Debian, for another release
sources_of() {
  local site
  # shellcheck disable=SC2016 # apt fills it in
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep '/debian/\?$' | sort -u | head -n 1)
  [[ -n $site ]] || die "this machine's apt has no source of Debian"
  echo "deb $site $1 main"
}

# base SUITE: the bare machine, made once
base() {
  [[ -f $bases/$1.made ]] && return
  say "Making a bare machine of $1 …"
  rm -rf "${bases:?}/$1"
  mmdebstrap --quiet --mode=root --variant=apt "$1" "$bases/$1" "$(sources_of "$1")" ||
    die "could not make a machine of $1: can Debian's mirror be reached?"
  touch "$bases/$1.made"
}

machine() {
  local folder
  folder=$(mktemp -d "$machines/$1.XXXXXX")
  cp -a --reflink=auto "$bases/$1/." "$folder/"
  cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
  cp -L /etc/apt/apt.conf.d/* "$folder/etc/apt/apt.conf.d/" 2>/dev/null || true
  # these want programs that a bare machine does not have
  rm -f "$folder"/etc/apt/apt.conf.d/{20packagekit,50appstream,70debconf}
  chmod 755 "$folder"
  echo "$folder"
}

# inside MACHINE COMMAND…: runs a command there, with this machine's network
inside() {
  # shellcheck disable=SC2016 # the inner shell's
  MACHINE=$1 unshare --mount --pid --fork --kill-child bash -c '
    set -e
    mount --make-rprivate /
    mount -t proc proc "$MACHINE/proc"
    mount --rbind /dev "$MACHINE/dev"
    mount -t tmpfs tmpfs "$MACHINE/dev/shm"
    mount -t tmpfs tmpfs "$MACHINE/tmp"
    exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      DEBIAN_FRONTEND=noninteractive PORT="$PORT" chroot "$MACHINE" "$@"' bash "${@:2}"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
