#!/usr/bin/env bash
# Says whether two checkouts simulate alike: runs the same worlds in both and compares the reports, value by value but for what a stopwatch measured.
#   eng/compare-reports.sh BEFORE AFTER      two checkouts, each built with ./streamsched build
# 16 scenarios and eight policies that between them use every part of a decision; two seeds. A difference is one line; exit status 0: there is none.
set -euo pipefail
before=${1:?"usage: eng/compare-reports.sh BEFORE AFTER"} after=${2:?"usage: eng/compare-reports.sh BEFORE AFTER"}
scenarios=small,metro,bursts,rough,mobile,ecsrl,aset,aset-dc-cloud,aset-co-dc-cloud,aset-mask,aset-study,aset-study-dc-cloud,tan,uninett,azure,x4
policies=price,neural,earliest-finish,least-impedance,power-of-two,lin-ucb,aset,one-step-improvement
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for side in before after; do
  option=--json-file
  "${!side}/streamsched" simulate --help | grep -q -- "$option" || option=--json # as it was called before
  "${!side}/streamsched" simulate -s "$scenarios" -p "$policies" --seeds 2 --no-bound "$option" "$out/$side.json" >/dev/null
done
python3 - "$out/before.json" "$out/after.json" <<'PY'
import json, sys
TIMED = ("decisionP50", "decisionP99", "requestsPerSecond")
def rows(file):
    return {(c["scenario"], c["load"], p["policy"]): {k: v for k, v in p.items() if k not in TIMED}
            for c in json.load(open(file))["cells"] for p in c["policies"]}
before, after = map(rows, sys.argv[1:])
if not before or before.keys() != after.keys(): sys.exit("the reports have not the same rows")
differ = [key for key in before if before[key] != after[key]]
for key in differ:
    a, b = (side[key]["success"]["mean"] for side in (before, after))
    print(f"{key[0]}, load {key[1]}, {key[2]}: success {a:.4%} before, {b:.4%} after" if a != b
          else f"{key[0]}, load {key[1]}, {key[2]}: something else than success")
print(f"{len(before) - len(differ)} of {len(before)} rows are the same")
sys.exit(bool(differ))
PY
