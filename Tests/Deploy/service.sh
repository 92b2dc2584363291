#!/usr/bin/env bash
# The package's service under a real systemd: the sandbox, the limits, SIGTERM, restart.
# shellcheck source=Tests/Deploy/common.sh
source /trial/common.sh
export DEBIAN_FRONTEND=noninteractive

apt-get update -q
apt-get install -q -y --no-install-recommends curl
# the port is chosen before the service starts for the first time
mkdir -p /etc/systemd/system/posevault.service.d
printf '[Service]\nEnvironment=PORT=%s\n' "$PORT" >/etc/systemd/system/posevault.service.d/port.conf
apt-get install -q -y --no-install-recommends /trial/posevault_*_amd64.deb
systemctl is-active posevault
systemctl is-enabled posevault
wait_for_server
upload
for _ in $(seq 20); do upload; done
backup
has_poses 21
first=$(systemctl show --property=MainPID --value posevault)
grep -E '^(VmHWM|Threads)' "/proc/$first/status"
# the limits hold, and this is far below them
[[ $(systemctl show --property=MemoryMax --value posevault) == $((4 << 30)) ]]
(($(awk '/^Threads/ { print $2 }' "/proc/$first/status") < $(systemctl show --property=TasksMax --value posevault) / 2))
[[ $(stat --format=%U "/proc/$first") == posevault ]]

# the sandbox: nothing but its own folder can be written, no other user's processes are seen
namespace() { nsenter --target "$first" --mount -- "$@"; }
if namespace touch /usr/x; then exit 1; fi
if namespace touch /etc/x; then exit 1; fi
[[ $(awk '/^NoNewPrivs/ { print $2 }' "/proc/$first/status") == 1 ]]
[[ $(awk '/^CapBnd/ { print $2 }' "/proc/$first/status") == 0000000000000000 ]]
[[ $(awk '/^Seccomp:/ { print $2 }' "/proc/$first/status") == 2 ]]

# SIGTERM ends it cleanly
systemctl stop posevault
[[ $(systemctl show --property=Result --value posevault) == success ]]
apt-get install -q -y --no-install-recommends /trial/decode.deb
systemctl start posevault
wait_for_server
has_poses 21

# a sandbox within the sandbox
upload_heic '"name":"nose"'
has_poses 22

# a crash is mended by systemd
kill -KILL "$(systemctl show --property=MainPID --value posevault)"
sleep 4
wait_for_server
has_poses 22
upload

# an upgrade restarts it
before=$(systemctl show --property=MainPID --value posevault)
apt-get install -q -y --no-install-recommends /trial/next.deb
wait_for_server
[[ $(systemctl show --property=MainPID --value posevault) != "$before" ]]
has_poses 23
# no noise: what it logs begins with a time
journalctl --unit=posevault --no-pager --output=cat _COMM=posevault | tee /tmp/journal | tail -n 30
if grep -v '^20' /tmp/journal; then exit 1; fi

apt-get purge -q -y posevault
if systemctl is-active posevault; then exit 1; fi
ls /var/lib/posevault/backups/*.zip
echo 'ALL WELL'
