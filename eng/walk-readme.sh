#!/usr/bin/env bash
# Walks the README's section "On a real cluster": runs its commands, word for word but for the brokers' address and an end for the device,
# and says what each did.
#   eng/walk-readme.sh BOOTSTRAP      a cluster without topics of StreamSched; replication as the brokers' default
# Exit status 0: every frame that the device sent was answered, and status finds nothing wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bootstrap=${1:?"usage: eng/walk-readme.sh BOOTSTRAP"}
mapfile -t commands < <(awk '/^## /{inside = $0 == "## On a real cluster"} inside && /^    /{sub(/^    /, ""); print}' README.md)
[ "${#commands[@]}" -ge 6 ] || { echo "README.md has no commands under 'On a real cluster'" >&2; exit 1; }
out=$(mktemp -d)
running=()
finish() {
  for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${running[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$out"
}
trap finish EXIT

for command in "${commands[@]}"; do
  case "$command" in
    export\ STREAMSCHED_KAFKA_BOOTSTRAP=*)
      export STREAMSCHED_KAFKA_BOOTSTRAP="$bootstrap" ;;
    *streamsched\ worker*|*streamsched\ scheduler*)
      echo "$ $command &"
      name=role-${#running[@]}
      bash -c "exec $command" >"$out/$name" 2>&1 &
      running+=($!)
      port=$(sed -nE 's/.*--health-port ([0-9]+).*/\1/p' <<<"$command")
      for _ in $(seq 120); do
        kill -0 "$!" 2>/dev/null || { cat "$out/$name"; echo "it ended: $command" >&2; exit 1; }
        exec 3<>"/dev/tcp/127.0.0.1/$port" 2>/dev/null && {
          printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3
          answer=$(head -n 1 <&3 || true)
          exec 3>&-
        } || answer=''
        [[ "$answer" == *" 200 "* ]] && break
        sleep 0.5
      done
      [[ "$answer" == *" 200 "* ]] || { cat "$out/$name"; echo "not ready after a minute: $command" >&2; exit 1; } ;;
    *streamsched\ device*)
      echo "$ $command --seconds 10"
      bash -c "$command --seconds 10 --json" >"$out/device" || { cat "$out/device"; exit 1; }
      cat "$out/device"
      grep -qE '"noAnswer": *0' "$out/device" || { echo 'frames are without an answer' >&2; exit 1; } ;;
    *)
      echo "$ $command"
      bash -c "$command" ;;
  esac
done
