#!/usr/bin/env bash
# The package without a running systemd: install, upload, back up, upgrade, remove, purge.
# shellcheck source=Tests/Deploy/common.sh
source /trial/common.sh

apt-get update -q
apt-get install -q -y --no-install-recommends /trial/posevault_*_amd64.deb
apt-get install -q -y --no-install-recommends curl
[[ $(stat --format=%U:%a /var/lib/posevault) == posevault:700 ]]
[[ $(stat --format=%G:%a /etc/posevault/posevault.env) == posevault:640 ]]
posevault --version --verbose
serve() {
  runuser -u posevault -- env --chdir=/var/lib/posevault PORT="$PORT" \
    posevault serve --env-file /etc/posevault/posevault.env &
  wait_for_server
}
stop() {
  local server
  server=$(cat /proc/[0-9]*/stat | awk '$2 == "(posevault)" { print $1 }')
  # shellcheck disable=SC2086
  kill $server
  wait
}
serve
upload
# HEIC needs the other package, and says so
upload_heic 'the package posevault-decode'
stop
apt-get install -q -y --no-install-recommends /trial/decode.deb
serve
upload_heic '"name":"nose"'
curl --fail --silent "$address/api/health" | grep '"image/heic","image/avif"'
backup
# as deploy/README.md has it
(cd / && runuser -u posevault -- posevault doctor --upgrade --env-file /etc/posevault/posevault.env)
# in a folder that this user may not enter: refused in words
chmod 700 /root
(cd /root && ! runuser -u posevault -- posevault doctor --env-file /etc/posevault/posevault.env) | tee /tmp/refused
grep 'working directory that this user may not enter' /tmp/refused
stop

# an upgrade keeps changed settings and all data
echo '# mine' >>/etc/posevault/posevault.env
apt-get install -q -y --no-install-recommends /trial/next.deb
tail -n 1 /etc/posevault/posevault.env | grep -x '# mine'
dpkg-query --show --showformat='${Version}\n' posevault | grep '+next$'
serve
has_poses 2
stop

apt-get remove -q -y posevault posevault-decode
test ! -e /usr/bin/posevault
test -e /etc/posevault/posevault.env
apt-get purge -q -y posevault 2>&1 | tee /tmp/purge
grep 'still holds poses, pictures and backups' /tmp/purge
test ! -e /etc/posevault
ls /var/lib/posevault/backups/*.zip
echo 'ALL WELL'
