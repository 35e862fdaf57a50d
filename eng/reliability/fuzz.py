#!/usr/bin/python3
"""A million broken, absurd and forged records over every topic that a role reads, while good frames go on being answered.

Starts a one-node Apache Kafka from KAFKA_HOME on loopback, a scheduler, a worker and a device that plays frames. Valid records of all topics are
taken from them; then each forged record is one of these with bytes flipped, cut, doubled or exchanged, or is built by Debian's python3-avro from
the schema with extreme values in every field. Forged ids differ from those of the real worker, scheduler and device: what somebody can do who may
write as them is docs/security.md's business. Needs Java 17, python3-avro and python3-confluent-kafka.

    eng/reliability/fuzz.py --records 1000000 --seed 1

Exit status 0: every role still runs, good frames are answered as before, and neither process grew by more than 150 MiB.
"""
import argparse, collections, json, os, pathlib, random, shutil, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "samples/python"))
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need, read_all
from streamsched_client import Schema
from confluent_kafka import Producer

TOPICS = {"requests": "inference-request", "work.worker-1": "work-item", "results": "inference-result", "telemetry": "worker-telemetry",
          "workers": "worker-registration", "load": "scheduler-load", "policies": "policy-snapshot", "feedback": "feedback"}
REAL = (b"worker-1", b"scheduler-1", b"good-1")
EXTREMES = {"int": [0, 1, -1, 2**31 - 1, -2**31], "long": [0, 1, -1, 2**63 - 1, -2**63, 253402300800000000],
            "float": [0.0, 1.0, -1.0, 1e38, float("nan"), float("inf"), float("-inf")],
            "double": [0.0, 1.0, -1.0, 1e308, float("nan"), float("inf"), float("-inf")],
            "boolean": [True, False], "null": [None]}


def build(schema, draw, names, depth=0):
    """A value of an Avro schema (as JSON) with extremes in it."""
    if isinstance(schema, list): return build(draw.choice(schema), draw, names, depth)
    if isinstance(schema, str): kind = schema
    else: kind = schema["type"]
    if kind in names: return build(names[kind], draw, names, depth)
    if isinstance(kind, (dict, list)): return build(kind, draw, names, depth)
    if kind in EXTREMES: return draw.choice(EXTREMES[kind])
    if kind == "string":
        return draw.choice(["", "x", "worker-2", "\x1b[31m", "[red]", "digits", "cpu", "é" * 200, "digits-xs",
                            "018f0000-0000-7000-8000-%012x" % draw.getrandbits(48)])
    if kind == "bytes": return draw.randbytes(draw.choice([0, 1, 10, 784, 5000]))
    count = 0 if depth > 3 else draw.choice([0, 1, 2, 3, 40])
    if kind == "array": return [build(schema["items"], draw, names, depth + 1) for _ in range(count)]
    if kind == "map": return {f"k{i}": build(schema["values"], draw, names, depth + 1) for i in range(count)}
    if "name" in schema: names[schema["name"]] = schema
    if kind == "enum": return draw.choice(schema["symbols"])
    if kind == "fixed": return draw.randbytes(schema["size"])
    return {f["name"]: build(f["type"], draw, names, depth + 1) for f in schema["fields"]}


def mutate(value, draw):
    b = bytearray(value)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        if not b: break
        at, how = draw.randrange(len(b)), draw.randrange(5)
        if how == 0: b[at] ^= 1 << draw.randrange(8)
        elif how == 1: b[at] = draw.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif how == 2: del b[at:at + draw.randrange(1, 30)]
        elif how == 3: b[at:at] = draw.randbytes(draw.randrange(1, 30))
        else: b[at:at] = b[at:at + draw.randrange(1, 200)]
    return bytes(b)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--records", type=int, default=1_000_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--json", help="writes the figures to this file")
    p.add_argument("--keep", action="store_true", help="keeps logs")
    a = p.parse_args()
    home, draw = need(), random.Random(a.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-fuzz-"))
    say = lambda text: print(text, file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home, 1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    scheduler = Process("scheduler", [PROGRAM, "scheduler", "--id", "scheduler-1"], folder, env)
    worker = Process("worker", [PROGRAM, "worker", "--id", "worker-1", "--site", "plant", "--models", ROOT / "models",
                                "--variants", "digits-xs", "digits-s"], folder, env)

    def play(name, seconds):
        process = Process(name, [PROGRAM, "device", "--id", "good-1", "--task", "digits", "--site", "plant",
                                 "--frames", ROOT / "models/frames/digits-599-images-idx3-ubyte.gz",
                                 "--rate", "50", "--seconds", str(seconds), "--deadline", "3s", "--json", "--feedback"], folder, env)
        process.start()
        return process

    def answered(process):
        process.running.wait(300)
        text = (folder / f"{process.name}.log").read_text()
        report = json.loads(text[text.index("{"):])
        return {key: report[key] for key in ("sent", "ok", "rejected", "expired", "failed", "noAnswer")}

    figures = {"records": a.records, "seed": a.seed}
    try:
        nodes[0].start()
        create_topics(env, 1)
        scheduler.start()
        worker.start()
        time.sleep(10)
        figures["good before"] = answered(play("device-before", 10))
        samples = collections.defaultdict(list)
        for topic in TOPICS:
            if topic == "policies": continue
            read_all(bootstrap, "streamsched." + topic, lambda m: samples[topic].append(m.value()) if m.value() and len(samples[topic]) < 300 else None)
        schemas = {topic: Schema(name) for topic, name in TOPICS.items()}
        texts = {topic: json.loads((ROOT / "schemas" / f"{name}.avsc").read_text()) for topic, name in TOPICS.items()}
        before = {"scheduler": scheduler.sample(), "worker": worker.sample()}
        during = play("device-during", 60)
        producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 200000, "compression.type": "lz4"})
        parts = {topic: len(producer.list_topics("streamsched." + topic, 10).topics["streamsched." + topic].partitions) for topic in TOPICS}
        sent, refused, curve = collections.Counter(), 0, []
        built = {topic: [] for topic in TOPICS}
        topics = list(TOPICS)
        for n in range(a.records):
            topic = topics[n % len(topics)]
            if len(built[topic]) < 3000 or n % 37 == 0:
                try: built[topic].append(schemas[topic].encode(build(texts[topic], draw, {})))
                except Exception: refused += 1  # an extreme that Avro itself does not encode
            pool = samples[topic] if samples[topic] and draw.random() < 0.6 else built[topic]
            if not pool: continue
            value = draw.choice(pool)
            if pool is samples[topic] or draw.random() < 0.5: value = mutate(value, draw)
            for name in REAL: value = value.replace(name, name[:-1] + b"9")
            key = draw.choice([b"", b"worker-9", b"x", draw.randbytes(8)])
            while True:
                try:
                    producer.produce("streamsched." + topic, value if draw.random() > 0.002 else None, key, partition=draw.randrange(parts[topic]))
                    break
                except BufferError: producer.poll(0.1)
            sent[topic] += 1
            if n % 2000 == 0: producer.poll(0)
            if n % 50_000 == 0:
                curve.append({"records": n, **{p.name: p.sample() for p in (scheduler, worker) if p.is_alive}})
                say(curve[-1])
        producer.flush(120)
        say("all are written; playing good frames")
        figures |= {"sent": sent, "not encodable": refused, "good during": answered(during)}
        deadline = time.time() + 600
        while True:  # until the readers are through with it
            after = answered(play(f"device-after-{int(time.time())}", 10))
            if after["ok"] > 0.95 * after["sent"] or time.time() > deadline: break
        figures |= {"good after": after, "before": before, "after": {p.name: p.sample() if p.is_alive else None for p in (scheduler, worker)},
                    "curve": curve, "alive": {p.name: p.is_alive for p in (scheduler, worker)},
                    "log lines": {p.name: len((folder / f"{p.name}.log").read_bytes().splitlines()) for p in (scheduler, worker)}}
    finally:
        for process in (scheduler, worker, *nodes): process.stop()
        if a.keep: say(f"logs are in {folder}")
        else: shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=2))
    if a.json: pathlib.Path(a.json).write_text(json.dumps(figures) + "\n")
    good = all(figures["alive"].values()) and figures["good after"]["ok"] > 0.95 * figures["good after"]["sent"]
    return 0 if good and all(figures["after"][n][0] - figures["before"][n][0] < 150 * 1024 for n in figures["before"]) else 1


if __name__ == "__main__":
    sys.exit(main())
