#!/usr/bin/python3
"""Model selection by feedback on a real Kafka: policies that learn from true labels, against one common model for all devices.

Starts one Apache Kafka from KAFKA_HOME on loopback for each contender, a scheduler, two workers of this checkout, which are emulated devices (slowed down), and
three kinds of devices that play real frames and label what they get:

    quick    have little time, so that only the small models answer in time
    patient  have much of it
    grainy   have much of it, and their frames are grainy, so that models err, which labels alone can tell

Common models: workers that hold only this one. Learners: workers that hold all of them, a learner, and a policy that begins with what is shipped. An answer
counts if it came in time, by the device's word, and is right, by its label. Needs Java 17, and Debian's python3-confluent-kafka and python3-avro.

    eng/reliability/selection.py --seconds 60 --learn 300

Exit status 0: a learner is above the best common model, chosen in hindsight, in the last half of its time, by an interval of 95 %.
"""
import argparse, collections, json, math, os, pathlib, shutil, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need
from join import log_of
from worth import FRAMES, grainy

MODELS = ("fashion-xs", "fashion-s", "fashion-m", "fashion-l")
KINDS = ("quick", "patient", "grainy")


def run(contender, a, home):
    """Devices send to a contender; what `figures` makes of their answers."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-selection-"))
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    learns = contender not in MODELS
    policy, seconds = (contender, a.learn) if learns else ("earliest-finish", a.seconds)
    scheduler = Process("scheduler", [PROGRAM, "scheduler", "--policy", policy], folder, env)
    workers = [Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models", "--variants",
                                       *(MODELS if learns else [contender]), "--slowdown", a.slowdown], folder, env) for i in (1, 2)]
    learner = Process("learner", [PROGRAM, "learner", "--policy", policy], folder, env)
    frames = grainy(folder, a.seed)
    devices = [Process(kind, [PROGRAM, "device", "--id", kind, "--task", "fashion", "--site", "yard" if kind == "grainy" else "plant",
                              "--frames", frames if kind == "grainy" else FRAMES, "--devices", "4", "--rate", str(a.rate / 12), "--poisson",
                              "--seconds", str(seconds), "--deadline", a.quick if kind == "quick" else a.patient, "--seed", str(a.seed), "--feedback",
                              "--json"], folder, env) for kind in KINDS]
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (scheduler, *workers): process.start()
        time.sleep(12)
        if learns: learner.start()
        for device in devices: device.start()
        while any(device.is_alive for device in devices): time.sleep(0.5)
        time.sleep(3)
        records = lambda topic, schema: [r for log in log_of(bootstrap, topic, schema).values() for _, _, r in log]
        answers = {(r["device"], r["id"]): r for r in records("results", "inference-result")}
        told = {(r["device"], r["id"]): r for r in records("feedback", "feedback")}
        steps = subprocess.run([PROGRAM, "policy", "rollout", "--json"], env=env, capture_output=True, text=True, timeout=60).stdout if learns else ""
    finally:
        for process in (*devices, learner, scheduler, *workers, *nodes): process.stop()
        if a.keep:
            kept = pathlib.Path(a.keep) / contender
            kept.mkdir(parents=True, exist_ok=True)
            for path in folder.glob("*.log"): shutil.copy(path, kept)
        shutil.rmtree(folder, ignore_errors=True)
    found = figures(answers, told, a.skip, seconds)
    if steps: found["rollout"] = json.loads(steps)["rollout"]["reason"]
    return found


def figures(answers, told, skip, seconds):
    """Share of right answers in time by kind, of all requests and of those of the last half, and of these who answered."""
    begins = min(r["created"] for r in answers.values())
    sums, variants = {}, {kind: collections.Counter() for kind in KINDS}
    for key, r in answers.items():
        at = r["created"] - begins
        if at < 1e6 * skip: continue
        said = told.get(key, {})
        right = bool(r["status"] == "OK" and said.get("onTime") and r["output"] and said.get("label") == r["output"]["label"])
        kind = r["device"].rsplit("-", 1)[0]
        for part in ("all", "last half") if at > 5e5 * seconds else ("all",):
            for of in (kind, "every kind"):
                n, k = sums.get((part, of), (0, 0))
                sums[part, of] = (n + 1, k + right)
            if part == "last half" and r["variant"]: variants[kind][r["variant"]] += 1
    found = {part: {of: {"requests": n, "right_and_in_time": round(k / n, 4)} for (p, of), (n, k) in sorted(sums.items()) if p == part}
             for part in ("all", "last half")}
    found["answered by"] = {kind: {v: round(n / by.total(), 3) for v, n in sorted(by.items())} for kind, by in variants.items()}
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--learners", nargs="+", default=["lin-ucb", "neural"], help="policies that learn")
    p.add_argument("--seconds", type=float, default=60, help="how long devices send to a common model")
    p.add_argument("--learn", type=float, default=300, help="how long they send to a learner")
    p.add_argument("--skip", type=float, default=5, help="seconds at the beginning that do not count")
    p.add_argument("--rate", type=float, default=30, help="requests per second, a third from each kind of device")
    p.add_argument("--slowdown", default="100", help="of the workers, against this machine")
    p.add_argument("--quick", default="40ms", help="deadline of the quick")
    p.add_argument("--patient", default="600ms", help="deadline of the others")
    p.add_argument("--seed", type=int, default=1, help="of arrivals and grain")
    p.add_argument("--keep", help="folder for what the processes printed")
    a = p.parse_args()
    home, found = need(), {}
    for contender in (*MODELS, *a.learners):
        print(f"{time.strftime('%H:%M:%S')} {contender}", file=sys.stderr, flush=True)
        found[contender] = run(contender, a, home)
        print(f"  {found[contender]['all']['every kind']}", file=sys.stderr, flush=True)
    share = {contender: f["last half"]["every kind"]["right_and_in_time"] for contender, f in found.items()}
    variance = {contender: share[contender] * (1 - share[contender]) / f["last half"]["every kind"]["requests"] for contender, f in found.items()}
    best = max(MODELS, key=share.get)
    gains = {learner: {"points": round(100 * (share[learner] - share[best]), 2), "half": round(196 * math.sqrt(variance[learner] + variance[best]), 2)}
             for learner in a.learners}
    print(json.dumps({"kind": "measured", "seconds": a.seconds, "learn": a.learn, "rate": a.rate, "slowdown": a.slowdown, "quick": a.quick,
                      "patient": a.patient, "seed": a.seed, "best_common": best, "above_it": gains, "contenders": found}, indent=2))
    return 0 if any(g["points"] > g["half"] for g in gains.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
