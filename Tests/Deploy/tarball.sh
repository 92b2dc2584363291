#!/usr/bin/env bash
# The archive: unpack, install the packages that it names, serve, upload, back up, replace by itself, remove.
# shellcheck source=Tests/Deploy/common.sh
source /trial/common.sh

tar --extract --gzip --file /trial/posevault-*-linux-x86_64.tar.gz --directory /opt
cd /opt/posevault-*/ || exit
apt-get update -q
xargs apt-get install -q -y --no-install-recommends <DEBIAN-PACKAGES
apt-get install -q -y --no-install-recommends curl
export DATA_DIR=/srv/data BACKUP_DIR=/srv/backups
serve() {
  ./posevault serve &
  server=$!
  wait_for_server
}
serve
upload_heic 'the package posevault-decode'
kill "$server"
wait "$server"
tar --extract --gzip --file /trial/decode.tar.gz --directory /opt
xargs apt-get install -q -y --no-install-recommends <DEBIAN-PACKAGES-DECODE
serve
upload_heic '"name":"nose"'
curl --fail --silent "$address/" | grep -i '<title>' >/dev/null
upload
backup
kill "$server"
wait "$server"

# an upgrade is another folder beside the data
tar --extract --gzip --file /trial/posevault-*-linux-x86_64.tar.gz --directory /srv
cd /srv/posevault-*/ || exit
rm -r /opt/posevault-*
serve
has_poses 2
upload
has_poses 3
kill "$server"
wait "$server"
./posevault backup verify /srv/backups/*.zip
rm -r /srv/posevault-*
test -e /srv/data
echo 'ALL WELL'
