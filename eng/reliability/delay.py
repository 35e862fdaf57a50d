#!/usr/bin/python3
"""How long after a result its experience can be read, with a learner, a broker and nothing else.

Starts one Apache Kafka from KAFKA_HOME on loopback and a learner of this checkout, writes decisions and, 20 ms later, their results at a steady rate, and
follows `experience` under read_committed. Needs Java 17, and Debian's python3-confluent-kafka and python3-avro.

    eng/reliability/delay.py --rate 2000 --seconds 40
"""
import argparse, io, json, os, pathlib, shutil, sys, tempfile, threading, time
import avro.io, avro.schema
from confluent_kafka import Producer
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need
from join import plain
from learner import SETTLE_S, follow

PARTITIONS, SERVICE_S, ID_AT, DIGITS = 8, 0.02, 11, 8  # the id begins behind the header and its length


def template(name, record):
    """A framed record, by the fingerprint that schemas/README.md gives."""
    for line in (ROOT / "schemas/README.md").read_text().splitlines():
        if line.startswith(f"| [`{name}.avsc`]"): header = bytes.fromhex(line.split("`")[-2].replace(" ", ""))
    schema = avro.schema.parse(json.dumps(plain(json.loads((ROOT / "schemas" / f"{name}.avsc").read_text()))))
    out = io.BytesIO()
    avro.io.DatumWriter(schema).write(record, avro.io.BinaryEncoder(out))
    return header + out.getvalue()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rate", type=float, default=2000, help="decisions per second")
    p.add_argument("--seconds", type=float, default=40, help="how long they are written")
    a = p.parse_args()
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-delay-"))
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    learner = Process("learner", [PROGRAM, "learner", "--id", "learner-1"], folder, env)
    now = int(time.time() * 1e6)
    decision = template("scheduling-decision", {
        "id": "00000000-aaaa-7bbb-8ccc-0123456789ab", "device": "camera-12", "at": now, "task": "fashion", "deadline": now + 3_000_000_000, "weight": 1.0,
        "attempt": 1, "scheduler": "scheduler-1", "policy": "neural", "policyVersion": 3, "digest": bytes(8), "arm": "CHAMPION", "window": -1, "shadow": None,
        "worker": "edge-1", "processor": "cpu", "variant": "fashion-s", "reason": None, "propensity": 0.99, "explored": False, "candidates": 64,
        "feasible": 40, "prediction": {"waiting": 0.0, "service": 0.01, "networkOut": 0.0, "networkBack": 0.0, "energyJoules": 0.1, "money": 0.0,
                                       "accuracy": 0.9, "onTime": 0.99, "price": 0.01},
        "featureLayout": 3, "features": [0.5] * 24, "next": [], "sampleRate": 0.01, "full": None})
    result = template("inference-result", {
        "id": "00000000-aaaa-7bbb-8ccc-0123456789ab", "device": "camera-12", "task": "fashion", "site": "plant", "status": "OK", "reason": None, "late": False,
        "createdImplausible": False, "scheduler": "scheduler-1", "worker": "edge-1", "incarnation": 1, "processor": "cpu", "variant": "fashion-s",
        "digest": None, "attempt": 1, "created": now, "deadline": now + 3_000_000_000, "finished": now + 20_000, "networkMicros": 0, "queueMicros": 0,
        "serviceMicros": 10_000, "batch": 1, "company": {}, "slowdown": 1.0, "energyJoules": 0.1, "energySource": "MODELLED", "money": 0.0, "accuracy": 0.9,
        "output": {"label": 3, "labelName": "dress", "shape": [10], "values": [0.1] * 10}})
    of = lambda record, n: record[:ID_AT] + f"{n:0{DIGITS}x}".encode() + record[ID_AT + DIGITS:]
    came, ended, told = {}, threading.Event(), {}
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        learner.start()
        follower = threading.Thread(target=follow, args=(bootstrap, came, ended))
        follower.start()
        producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 2, "enable.idempotence": True})
        began, decided, answered = time.time(), 0, 0
        while time.time() - began < a.seconds or answered < decided:
            at = time.time() - began
            while decided < min(at, a.seconds) * a.rate:
                producer.produce("streamsched.decisions", of(decision, decided), partition=decided % PARTITIONS)
                decided += 1
            while answered < min(decided, (at - SERVICE_S) * a.rate):
                producer.produce("streamsched.results", of(result, answered), partition=answered % PARTITIONS)
                told[f"{answered:0{DIGITS}x}"] = time.time()
                answered += 1
            producer.poll(0)
            time.sleep(0.002)
        producer.flush(30)
        time.sleep(3)
        memory, _, _ = learner.sample()
    finally:
        ended.set()
        for process in (learner, *nodes): process.stop()
        shutil.rmtree(folder, ignore_errors=True)
    follower.join()
    late = sorted((at - told[key[:DIGITS]]) * 1000 for key, at in came.items() if told[key[:DIGITS]] > began + SETTLE_S)
    at = lambda q: round(late[min(len(late) - 1, int(q * len(late)))])
    print(json.dumps({"rate": a.rate, "decided": decided, "experience": len(came), "measured": len(late), "delay_ms": {"p50": at(0.5), "p99": at(0.99),
                      "max": at(1)}, "learner_resident_mib": memory // 1024}, indent=2))
    return 0 if len(came) == decided else 1


if __name__ == "__main__":
    sys.exit(main())
