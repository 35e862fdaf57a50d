#!/usr/bin/python3
"""A policy that is trained from a log of a real Kafka, and serves there: by switchback against the policy that logged.

Starts one Apache Kafka from KAFKA_HOME on loopback, two schedulers, two workers that emulate slower devices, and a learner of this checkout, whose roll-out is
frozen. Devices label what they get. One policy serves and is logged; `train --from-log` trains another from the topics; then both serve in turns, in windows
whose order is drawn pair by pair. From each window the first seconds are left out, and the value of its requests is read from `experience`.

    none    nothing is unusual
    spread  one worker takes times of exponential distribution, and registered others
    grain   frames are grainy, so that the models err, the larger ones most of all

Needs Java 17, and Debian's python3-confluent-kafka and python3-avro.

    eng/reliability/from_log.py --change spread --logger earliest-finish --train neural --seconds 600 --pairs 20

Exit status 0: the trained policy is not below the one that logged, by an interval of 95 %.
"""
import argparse, json, math, os, pathlib, random, shutil, statistics, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, freeze, need
from join import log_of
from worth import FRAMES, grainy

# Quantiles of Student's t at 97.5 % by degrees of freedom; beyond them the normal distribution's and a little.
T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 12: 2.18, 15: 2.13, 20: 2.09, 30: 2.04}


def interval(values):
    n = len(values)
    t = T[max(d for d in T if d <= n - 1)]
    return statistics.mean(values), t * statistics.stdev(values) / math.sqrt(n)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--change", choices=("none", "spread", "grain"), default="spread", help="what is unusual")
    p.add_argument("--logger", default="earliest-finish", help="the policy that logs: a name or a file")
    p.add_argument("--train", default="neural", help="what is trained")
    p.add_argument("--seconds", type=float, default=600, help="how long it logs")
    p.add_argument("--pairs", type=int, default=20, help="pairs of windows")
    p.add_argument("--window", type=float, default=8, help="seconds of a window")
    p.add_argument("--skip", type=float, default=2, help="seconds at the beginning of a window that do not count")
    p.add_argument("--rate", type=float, default=150, help="requests per second")
    p.add_argument("--deadline", default="150ms", help="of the requests")
    p.add_argument("--slowdown", default="40", help="of the workers, against this machine")
    p.add_argument("--full", default="0.1", help="share of the decisions in full")
    p.add_argument("--exploration", default="0.05", help="share of random choices")
    p.add_argument("--seed", type=int, default=1, help="of the grain, and of the windows' order")
    p.add_argument("--keep", help="folder for the trained file and what was printed")
    a = p.parse_args()
    home, draw = need(), random.Random(a.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-from-log-"))
    say = lambda text: print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    schedulers = [Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}", "--policy", a.logger, "--full-records", a.full,
                                             "--exploration", a.exploration], folder, env) for i in (1, 2)]
    worker = lambda i, *more: Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models", "--variants",
                                                      "fashion-xs", "fashion-s", "fashion-m", "--slowdown", a.slowdown, *more], folder, env)
    workers = [worker(1), worker(2, *(("--noise", "exponential") if a.change == "spread" else ()))]
    learner = Process("learner", [PROGRAM, "learner", "--id", "learner-1", "--policy", a.logger], folder, env)
    frames = grainy(folder, a.seed) if a.change == "grain" else FRAMES
    last = 60 + 4 * a.pairs * (a.window + 2)  # it is stopped after the last window
    devices = lambda name, seconds: Process(name, [
        PROGRAM, "device", "--id", name, "--task", "fashion", "--site", "plant", "--frames", frames, "--rate", str(a.rate / 5), "--devices", "5",
        "--seconds", str(seconds), "--deadline", a.deadline, "--feedback", "--json"], folder, env)
    logged, judged = devices("logged", a.seconds), devices("judged", last)
    run = lambda *line: subprocess.run([PROGRAM, *line], env=env, capture_output=True, text=True, timeout=3600)
    windows = []
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (*schedulers, *workers): process.start()
        time.sleep(8)
        learner.start()
        freeze(env)
        say(f"{a.logger} is logged for {a.seconds:.0f} s")
        logged.start()
        while logged.is_alive: time.sleep(1)
        time.sleep(20)
        trained = folder / ("trained.json" if a.train == "price" else "trained.onnx")
        learned = run("train", a.train, "--from-log", "--out", str(trained), "--json")
        if not trained.exists(): raise SystemExit(learned.stdout + learned.stderr)
        report = json.loads(learned.stdout)
        say(f"trained: {report['used']} outcomes, {report['supported']} of {report['cells']} cells supported, "
            f"the logger decides in {100 * report['kept']:.1f} %")
        judged.start()
        time.sleep(5)
        for pair in range(a.pairs):
            for which in draw.sample(("trained", "logger"), 2):
                used = run("policy", "use", str(trained) if which == "trained" else a.logger)
                if used.returncode: raise SystemExit(used.stdout + used.stderr)
                began = time.time()
                time.sleep(a.window)
                windows.append((pair, which, (began + a.skip) * 1e6, time.time() * 1e6))
        judged.stop()
        time.sleep(20)
        latest = {}
        for log in log_of(bootstrap, "experience", "experience").values():
            for _, _, e in log: latest[e["device"], e["id"]] = e if e["joinState"] != "REVISED" else {
                **latest.get((e["device"], e["id"]), e), "utility": e["utility"]}
    finally:
        for process in (logged, judged, learner, *schedulers, *workers, *nodes): process.stop()
        if a.keep:
            pathlib.Path(a.keep).mkdir(parents=True, exist_ok=True)
            for path in (*folder.glob("trained.*"), *folder.glob("*.log")): shutil.copy(path, a.keep)
        shutil.rmtree(folder, ignore_errors=True)
    sums = {}
    for e in latest.values():
        for pair, which, begins, ends in windows:
            if begins <= e["created"] < ends:
                n, utility, good = sums.get((pair, which), (0, 0, 0))
                sums[pair, which] = (n + 1, utility + e["utility"], good + (e["status"] == "OK" and e["onTime"]))
    means = {key: (utility / n, good / n) for key, (n, utility, good) in sums.items()}
    more = [100 * (means[pair, "trained"][0] - means[pair, "logger"][0]) for pair in range(a.pairs)]
    mean, half = interval(more)
    value = {which: round(100 * statistics.mean(means[pair, which][0] for pair in range(a.pairs)), 2) for which in ("trained", "logger")}
    in_time = {which: round(statistics.mean(means[pair, which][1] for pair in range(a.pairs)), 4) for which in ("trained", "logger")}
    estimate = report["evaluation"] and {k: report["evaluation"]["policies"][0]["figures"][k] for k in ("effectiveSampleSize", "refusals", "flags")}
    gross = report["evaluation"] and report["evaluation"]["policies"][0]["figures"]["gross"]
    print(json.dumps({
        "kind": "measured", "change": a.change, "logger": a.logger, "trained": a.train, "seconds": a.seconds,
        "rate": a.rate, "slowdown": a.slowdown, "deadline": a.deadline, "pairs": a.pairs,
        "requests": sum(n for n, _, _ in sums.values()), "points": value, "in_time": in_time, "more": round(mean, 2), "half": round(half, 2),
        "learned_from": report["used"], "cells": report["cells"], "supported": report["supported"], "logger_decides": round(report["kept"], 3),
        "by_log": estimate, "gross": gross and {k: round(100 * gross[k], 2) for k in ("difference", "lower", "upper")}}, indent=2))
    return 0 if mean + half >= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
