#!/usr/bin/python3
"""What learning is worth on a real Kafka while something changes: live beside frozen, by switchback within one run.

Starts one Apache Kafka from KAFKA_HOME on loopback, two schedulers, two workers and a learner of this checkout, which serves half of the windows as if nothing
had been learned. Devices label what they get. After a while one thing changes:

    grain   their frames get grainy, so that the models err, fashion-m most of all
    spread  a worker, an emulated device, gives way to one whose batches take times of exponential distribution
    mix     most requests are of another task, and have a third of the time

Afterwards what the learner says is held against the labels of all requests, which Python reads from the topics by itself. Needs Java 17, and Debian's
python3-confluent-kafka and python3-avro.

    eng/reliability/worth.py --change grain --before 60 --after 180

Exit status 0: what was learned is worth something, by an interval that excludes 0, and the learner's figure is what the labels say.
"""
import argparse, datetime, gzip, json, os, pathlib, random, shutil, struct, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need
from join import log_of

GRAIN = 18  # standard deviation, in steps of grey
FRAMES = ROOT / "models/frames/fashion-2000-images-idx3-ubyte.gz"
DIGITS = ROOT / "models/frames/digits-599-images-idx3-ubyte.gz"


def grainy(folder, seed):
    """The shipped frames with noise on each pixel, and their labels beside them."""
    raw, draw = gzip.decompress(FRAMES.read_bytes()), random.Random(seed)
    head = 4 + 4 * raw[3]
    path = folder / FRAMES.name
    path.write_bytes(gzip.compress(raw[:head] + bytes(min(255, max(0, round(p + draw.gauss(0, GRAIN)))) for p in raw[head:]), 1))
    shutil.copy(FRAMES.with_name(FRAMES.name.replace("images-idx3", "labels-idx1")), folder)
    return path


def rollout(env):
    out = subprocess.run([PROGRAM, "policy", "rollout", "--json"], env=env, capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout) if out.returncode == 0 else None


def by_arm(bootstrap, since):
    """Share of requests that were answered right and in time since an instant, by who served: from `experience`, where all are labelled."""
    sums, last = {}, {}
    for log in log_of(bootstrap, "experience", "experience").values():
        for _, _, e in log: last[e["device"], e["id"]] = e  # a later record of a request has the higher revision
    for e in last.values():
        if e["window"] < 0 or e["created"] < since: continue
        right = e["status"] == "OK" and e["onTime"] and e["label"] is not None and e["label"] == e["output"]
        n, k = sums.get(e["arm"], (0, 0))
        sums[e["arm"]] = (n + 1, k + right)
    return {arm: {"requests": n, "right_and_in_time": round(k / n, 4)} for arm, (n, k) in sums.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--change", choices=("grain", "spread", "mix"), default="grain", help="what changes")
    p.add_argument("--before", type=float, default=60, help="seconds before the change")
    p.add_argument("--after", type=float, default=180, help="seconds after it")
    p.add_argument("--rate", type=float, default=100, help="requests per second")
    p.add_argument("--seed", type=int, default=1, help="of the grain")
    p.add_argument("--keep", action="store_true", help="keeps logs and data")
    a = p.parse_args()
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-worth-"))
    say = lambda text: print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    schedulers = [Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}"], folder, env) for i in (1, 2)]
    worker = lambda i, *more: Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models", "--variants",
                                                      "fashion-s", "fashion-m", "digits-s", "digits-m", *more], folder, env)
    emulated = ("--slowdown", "40") if a.change == "spread" else ()
    workers = [worker(i, *emulated) for i in (1, 2)]
    learner = Process("learner", [PROGRAM, "learner", "--id", "learner-1", "--baseline-share", "0.5"], folder, env)
    devices = lambda name, frames, seconds, task="fashion", rate=a.rate, deadline="300ms": Process(name, [
        PROGRAM, "device", "--id", name, "--task", task, "--site", "plant", "--frames", frames, "--rate", str(rate / 5), "--devices", "5",
        "--seconds", str(seconds), "--deadline", deadline, "--feedback", "--json"], folder, env)
    before = devices("before", FRAMES, a.before)
    after = [devices("after", grainy(folder, a.seed) if a.change == "grain" else FRAMES, a.after, rate=a.rate / 4 if a.change == "mix" else a.rate)]
    if a.change == "mix": after.append(devices("digits", DIGITS, a.after, "digits", a.rate, "100ms"))
    steps = []
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (*schedulers, *workers): process.start()
        time.sleep(8)
        learner.start()
        for loads in ([before], after):
            changed = time.time()
            if a.change == "spread" and loads is after:
                workers.append(worker(3, *emulated, "--noise", "exponential"))
                workers[-1].start()
                time.sleep(5)
                workers[0].stop()
            say(f"devices {', '.join(load.name for load in loads)}")
            for load in loads: load.start()
            while any(load.is_alive for load in loads):
                time.sleep(10)
                now = rollout(env)
                if now and now["rollout"] and (not steps or now["rollout"]["sequence"] != steps[-1]["sequence"]):
                    steps.append(now["rollout"])
                    say(now["rollout"]["reason"])
        time.sleep(15)
        last = rollout(env)
        say("reading the labels of all requests")
        truth = by_arm(bootstrap, (changed + 10) * 1e6)
    finally:
        for process in (before, *after, learner, *schedulers, *workers, *nodes): process.stop()
        if a.keep: say(f"logs and data are in {folder}")
        else: shutil.rmtree(folder, ignore_errors=True)
    worth = next((e for s in reversed(steps + [last["rollout"]]) for e in s["evidence"] if e["judge"] == "baseline"), None)
    believed = {f"{e['variant']} at {e['site'] or 'elsewhere'}": {"believed": round(e["mean"], 3), "labels": round(e["labels"])}
                for e in last["accuracies"] or []}
    figures = {"kind": "measured", "change": a.change, "rate": a.rate, "seconds": [a.before, a.after], "worth": worth, "truth_after": truth,
               "accuracies": believed, "steps": [s["reason"] for s in steps]}
    print(json.dumps(figures, indent=2))
    live, frozen = truth.get("CHAMPION"), truth.get("HOLD_BACK")
    sound = worth and worth["lower"] > 0 and live and frozen and live["right_and_in_time"] > frozen["right_and_in_time"] + 0.05
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
