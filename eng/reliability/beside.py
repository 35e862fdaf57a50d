#!/usr/bin/python3
"""Whether a learner beside a scheduler on one core slows its decisions.

Starts one Apache Kafka from KAFKA_HOME on loopback, a worker and devices on one core, a scheduler on another, and takes turns: with a learner on the
scheduler's core, and without one. Reads the durations of decisions from the scheduler's own histogram through an OpenTelemetry collector (OTELCOL), and
compares their 99th percentiles. For a quiet machine with two cores. Needs Java 17, taskset, and Debian's python3-confluent-kafka and python3-avro.

    eng/reliability/beside.py --turns 8 --seconds 20 --rate 200
"""
import argparse, datetime, json, os, pathlib, re, shutil, sys, tempfile, time, urllib.request
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, free_ports, need

NAME = "streamsched_scheduler_decision_duration"


def histogram(port):
    """{upper bound in s: how many decisions were as quick}, since the scheduler started."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    counts = {}
    for line in text.splitlines():
        found = re.match(rf'{NAME}(?:_seconds)?_bucket{{.*le="([^"]+)".*}} (\S+)', line)
        if found: counts[float(found[1])] = counts.get(float(found[1]), 0) + float(found[2])
    return counts


def quantile(before, after, q):
    """By the counts between two readings, within a bucket as if evenly spread; µs."""
    counts = sorted((le, after[le] - before.get(le, 0)) for le in after)
    total, below, last = counts[-1][1], 0, 0
    for le, n in counts:
        if n >= q * total: return 1e6 * (last + (le - last) * (q * total - below) / (n - below)) if n > below else 1e6 * le
        below, last = n, le


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--turns", type=int, default=8, help="how many times each, in pairs")
    p.add_argument("--seconds", type=float, default=20, help="length of a turn")
    p.add_argument("--rate", type=float, default=200, help="requests per second")
    a = p.parse_args()
    home, collector = need(), os.environ.get("OTELCOL") or sys.exit("set OTELCOL to an OpenTelemetry collector")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-beside-"))
    say = lambda text: print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
    otlp, prometheus = free_ports(2)
    (folder / "otelcol.yaml").write_text(
        f"receivers:\n  otlp:\n    protocols:\n      grpc: {{ endpoint: 127.0.0.1:{otlp} }}\nexporters:\n  prometheus: {{ endpoint: 127.0.0.1:{prometheus} }}\n"
        "service:\n  telemetry:\n    metrics: { level: none }\n  pipelines:\n    metrics: { receivers: [otlp], exporters: [prometheus] }\n")
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    told = {**env, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{otlp}", "OTEL_METRIC_EXPORT_INTERVAL": "500"}
    on = lambda core, *command: ["taskset", "-c", str(core), *command]
    scheduler = Process("scheduler", on(0, PROGRAM, "scheduler", "--id", "scheduler-1"), folder, told)
    learner = lambda i: Process(f"learner-{i}", on(0, PROGRAM, "learner", "--id", "learner-1"), folder, env)
    worker = Process("worker", on(1, PROGRAM, "worker", "--id", "worker-1", "--site", "plant", "--models", ROOT / "models", "--variants", "digits-xs",
                                  "digits-s", "digits-m"), folder, env)
    load = Process("devices", on(1, PROGRAM, "device", "--id", "devices", "--task", "digits", "--site", "plant", "--frames",
                                 ROOT / "models/frames/digits-599-images-idx3-ubyte.gz", "--rate", str(a.rate / 10), "--devices", "10", "--seconds",
                                 str(2 * a.turns * (a.seconds + 12) + 60), "--deadline", "500ms", "--feedback", "--json"), folder, env)
    otelcol = Process("otelcol", on(1, collector, "--config", folder / "otelcol.yaml"), folder, env)
    for node in nodes: node.command = on(1, *node.command)
    figures, running = {"with": [], "without": []}, None
    try:
        for process in (otelcol, *nodes): process.start()
        create_topics(env, 1)
        for process in (scheduler, worker): process.start()
        time.sleep(8)
        load.start()
        time.sleep(20)  # until code is compiled
        for turn in range(2 * a.turns):
            kind = "with" if turn % 4 in (0, 3) else "without"  # neighbours in both orders
            if kind == "with" and running is None:
                running = learner(turn)
                running.start()
            elif kind == "without" and running is not None:
                running.stop()
                running = None
            time.sleep(10)  # until a learner has begun, and has read what it missed
            before = histogram(prometheus)
            time.sleep(a.seconds)
            after = histogram(prometheus)
            timed = round(max(after.values()) - max(before.values()))
            figures[kind].append({f"p{100 * q:g}": round(quantile(before, after, q), 2) for q in (0.5, 0.99)} | {"timed": timed})
            say(f"{kind} a learner: {figures[kind][-1]}")
    finally:
        for process in (load, *([running] if running else []), scheduler, worker, *nodes, otelcol): process.stop()
        shutil.rmtree(folder, ignore_errors=True)
    mean = lambda kind, key: sum(f[key] for f in figures[kind]) / len(figures[kind])
    print(json.dumps({"kind": "measured", "rate": a.rate, "seconds": a.seconds, **figures,
                      **{f"{q}_ratio": round(mean("with", q) / mean("without", q), 3) for q in ("p50", "p99")}}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
