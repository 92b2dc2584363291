# What the trials share; they run inside a bare machine. Sourced.
# shellcheck shell=bash
set -euxo pipefail
# shellcheck disable=SC2034
address=http://127.0.0.1:$PORT

wait_for_server() {
  local _
  for _ in $(seq 120); do
    curl --fail --silent --output /dev/null "$address/api/health" && return
    sleep 0.5
  done
  return 1
}

upload() {
  curl --fail --silent --form image=@/trial/astronaut.png "$address/api/extract-pose" | grep '"name":"nose"' >/dev/null
}

upload_heic() {
  curl --silent --form image=@/trial/person.heic "$address/api/extract-pose" | tee /tmp/heic | grep "$1" >/dev/null
}

backup() { curl --fail --silent --request POST "$address/api/backup/trigger" | grep '"success":true' >/dev/null; }

has_poses() { curl --fail --silent "$address/api/poses" | grep "\"total\":$1" >/dev/null; }
