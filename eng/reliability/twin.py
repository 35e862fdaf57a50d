#!/usr/bin/python3
"""Twins beside what really happened: six runs on a real Kafka, and the recorded policy in a twin of each.

Starts one Apache Kafka from KAFKA_HOME on loopback for each run, schedulers and three workers of this checkout, which are emulated devices (slowed down), and
devices that play real frames, label what they get and say when they got it. Then `streamsched twin` makes a scenario out of the topics and holds the recorded
policy in it against what happened.

    light     a tenth of what the workers can answer
    overload  more than that
    slow      a worker's machine is taken from it for 60 of 80 ms, in the middle third
    drift     frames get grainy after half of the time, so that the models err
    two       two schedulers, half of what the workers can answer
    bursts    for a second in four six times as much as otherwise

Prints the figures of both as JSON, or as a table with --markdown. Needs Java 17, and Debian's python3-confluent-kafka.

    eng/reliability/twin.py --seconds 60

Exit status 0: no twin is off by more than 3 points of success or 15 % of the 99th percentile of the latency.
"""
import argparse, datetime, json, os, pathlib, random, shutil, subprocess, sys, tempfile, threading, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need
from worth import FRAMES, grainy

RUNS = ("light", "overload", "slow", "drift", "two", "bursts")
WORKERS = {"edge-1": ("plant", "1000", ("fashion-xs", "fashion-s"), "6"), "edge-2": ("plant", "1000", ("fashion-xs", "fashion-s"), "6"),
           "cloud-1": ("cloud", "80", ("fashion-m", "fashion-l"), "60")}


def pulse(process, seconds, busy=0.02, idle=0.06):
    """Stops a process again and again, for three quarters of the time."""
    end = time.time() + seconds
    while time.time() < end:
        process.freeze(); time.sleep(idle)
        process.thaw(); time.sleep(busy)


def bursts(folder, seconds, rate, seed):
    """A file of arrivals: a Poisson process whose rate is six times as large for one second in four."""
    draw, at, rows = random.Random(seed), 0.0, ["time_s"]
    while True:
        at += draw.expovariate(rate * (6 if at % 4 < 1 else 1))
        if at > seconds: break
        rows.append(f"{at:.6f}")
    path = folder / "bursts.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def run(name, a, home):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-twin-"))
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    schedulers = [Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}"], folder, env) for i in range(1, 3 if name == "two" else 2)]
    workers = {id_: Process(id_, [PROGRAM, "worker", "--id", id_, "--site", site, "--models", ROOT / "models", "--variants", *variants, "--slowdown", slowdown,
                                  "--active-watts", watts, "--idle-watts", "1"], folder, env) for id_, (site, slowdown, variants, watts) in WORKERS.items()}
    rate = {"light": a.rate / 10, "overload": 1.6 * a.rate, "two": a.rate / 2}.get(name, a.rate / 4)
    def devices(id_, frames, seconds):
        when = ["--devices", "20", "--rate", str(rate / 20), "--poisson", "--seconds", str(seconds)]
        if name == "bursts": when = ["--trace", bursts(folder, seconds, rate / 2, a.seed)]
        return Process(id_, [PROGRAM, "device", "--id", id_, "--task", "fashion", "--site", "plant", "--frames", frames, "--seed", str(a.seed),
                             "--deadline", "80ms", "200ms", "500ms", "--feedback", "--json", *when], folder, env)
    loads = [devices("cams", FRAMES, a.seconds)] if name != "drift" else [
        devices("cams", FRAMES, a.seconds / 2), devices("grainy-cams", grainy(folder, a.seed), a.seconds / 2)]
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (*schedulers, *workers.values()): process.start()
        time.sleep(12)
        for load in loads:
            load.start()
            if name == "slow": threading.Timer(a.seconds / 3, pulse, (workers["edge-1"], a.seconds / 3)).start()
            while load.is_alive: time.sleep(0.5)
        time.sleep(2)
        made = subprocess.run([PROGRAM, "twin", "--out", folder / "twin", "--seeds", str(a.runs), "--warm-up", "5s", "--json"],
                              env=env, capture_output=True, text=True, timeout=600)
        if a.keep: shutil.copytree(folder / "twin", pathlib.Path(a.keep) / name, dirs_exist_ok=True)
        if not made.stdout: sys.exit(f"{name}: {made.stderr}")
        return json.loads(made.stdout)
    finally:
        for process in (*loads, *schedulers, *workers.values(), *nodes): process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def table(found):
    names = []
    for r in found.values(): names += [f["name"] for f in r["figures"] if f["name"] not in names]
    lines = ["| | " + " | ".join(found) + " |", "|---|" + "---:|" * len(found)]
    for name in sorted(names, key=lambda n: n.startswith("answers by")):
        cells = []
        for r in found.values():
            f = next((f for f in r["figures"] if f["name"] == name), None)
            small = f and abs(f["real"]) < 2 and "ms" not in name
            cells.append("" if f is None else f"{f['real']:.3f} / {f['twin']:.3f}" if small else f"{f['real']:.1f} / {f['twin']:.1f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", nargs="*", choices=RUNS, default=RUNS, help="which runs")
    p.add_argument("--seconds", type=float, default=60, help="how long devices send in each")
    p.add_argument("--rate", type=float, default=250, help="requests per second that the workers can just answer")
    p.add_argument("--runs", type=int, default=5, help="runs of each twin")
    p.add_argument("--seed", type=int, default=1, help="of arrivals and grain")
    p.add_argument("--markdown", action="store_true", help="prints a table instead of JSON: really / in the twin")
    p.add_argument("--keep", help="folder for the twins")
    a = p.parse_args()
    home, found = need(), {}
    for name in a.only:
        print(f"{datetime.datetime.now():%H:%M:%S} {name}", file=sys.stderr, flush=True)
        found[name] = run(name, a, home)
        for off in found[name]["off"]: print(f"  {off}", file=sys.stderr, flush=True)
    print(table(found) if a.markdown else json.dumps({"kind": "measured beside simulated", "seconds": a.seconds, "rate": a.rate, "runs": found}, indent=2))
    return 1 if any(r["off"] for r in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
