#!/usr/bin/python3
"""Kills the learner with -9 again and again, and schedulers in between, and compares `experience` with an offline join of the whole logs.

Starts one Apache Kafka from KAFKA_HOME on loopback, two schedulers, two workers and a learner of this checkout; devices send frames and tell what they found
out about the answers. Afterwards join.py, which shares no code with StreamSched, joins the topics and compares record for record. Needs Java 17, and Debian's
python3-confluent-kafka and python3-avro.

    eng/reliability/learner.py --kills 100 --every 4 --rate 200

Exit status 0: nothing is missing, nothing is there twice, and all utilities are the same.
"""
import argparse, datetime, json, os, pathlib, random, shutil, sys, tempfile, threading, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need
from confluent_kafka import Consumer, TopicPartition
from join import agrees, compare

# The preset `accuracy`, which is the default of settings files.
SETTLE_S = 15  # until code is compiled, when delays are measured
VALUE = {"accuracy": 1, "energy": 0, "latency": 0, "cost": 0}


def follow(bootstrap, came, ended):
    """When each experience could be read first."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "experience-delay", "enable.auto.commit": False, "isolation.level": "read_committed",
                         "fetch.wait.max.ms": 10})
    topic = "streamsched.experience"
    consumer.assign([TopicPartition(topic, p, 0) for p in consumer.list_topics(topic, 30).topics[topic].partitions])
    while not ended.is_set():
        for message in consumer.consume(1000, 0.02):
            if not message.error(): came.setdefault(message.key().decode(), time.time())
    consumer.close()


def delays(follower, came, results, since):
    """From the time of the result's record until the experience was read, ms, once everything runs."""
    follower.join()
    first = {}
    for log in results.values():
        for _, at, r in log:
            if at > since * 1e6: first.setdefault(r["id"], at)
    late = sorted((at - first[id_] / 1e6) * 1000 for id_, at in came.items() if id_ in first)
    if not late: return None
    at = lambda q: round(late[min(len(late) - 1, int(q * len(late)))])
    return {"count": len(late), "p50": at(0.5), "p99": at(0.99), "max": at(1)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--kills", type=int, default=100, help="how often the learner is killed")
    p.add_argument("--every", type=float, default=4, help="seconds from one start of the learner to its end")
    p.add_argument("--seconds", type=float, default=0, help="how long devices send at least")
    p.add_argument("--schedulers", type=int, default=10, help="after so many kills of the learner a scheduler is killed too")
    p.add_argument("--rate", type=float, default=200, help="requests per second")
    p.add_argument("--deadline", default="500ms", help="deadline of the requests")
    p.add_argument("--seed", type=int, default=1, help="draws when exactly a process is killed")
    p.add_argument("--delay", action="store_true", help="follows experience and tells how long after its result each record can be read")
    p.add_argument("--json", help="writes the figures to this file")
    p.add_argument("--keep", action="store_true", help="keeps logs and data")
    a = p.parse_args()
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-learner-"))
    say = lambda text: print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    schedulers = [Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}"], folder, env) for i in (1, 2)]
    workers = [Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models",
                                       "--variants", "digits-xs", "digits-s"], folder, env) for i in (1, 2)]
    learner = Process("learner", [PROGRAM, "learner", "--id", "learner-1"], folder, env)
    seconds = max(a.seconds, a.kills * a.every + 8)
    devices = max(1, int(a.rate // 20))
    load = Process("devices", [PROGRAM, "device", "--id", "devices", "--task", "digits", "--site", "plant",
                               "--frames", ROOT / "models/frames/digits-599-images-idx3-ubyte.gz", "--rate", str(a.rate / devices), "--devices", str(devices),
                               "--seconds", str(seconds), "--deadline", a.deadline, "--feedback", "--json"], folder, env)
    came, ended, follower = {}, threading.Event(), None
    draw, killed = random.Random(a.seed), {"learner": 0, "scheduler": 0}
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (*schedulers, *workers): process.start()
        time.sleep(6)
        load.start()
        learner.start()
        if a.delay:
            follower = threading.Thread(target=follow, args=(bootstrap, came, ended))
            follower.start()
        say(f"{a.kills} kills of the learner in {seconds:.0f} s")
        began = shown = time.time()
        for kill in range(a.kills):
            time.sleep(a.every * draw.uniform(0.6, 1.4))
            if not learner.is_alive: raise SystemExit(f"the learner had ended by itself: see {folder}/learner.log")
            learner.kill()
            learner.start()
            killed["learner"] += 1
            if a.schedulers and kill % a.schedulers == a.schedulers - 1:
                scheduler = schedulers[kill // a.schedulers % 2]
                scheduler.kill()
                killed["scheduler"] += 1
                time.sleep(1)
                scheduler.start()
            if time.time() - shown > 30:
                shown = time.time()
                say(f"{kill + 1} kills")
        say("waiting for the last requests")
        load.running.wait(seconds + 120)
        time.sleep(25)  # deadline, patience, and a commit
        alive = learner.is_alive
        say("joining the logs offline")
        ended.set()
        figures, examples, logs = compare(bootstrap, VALUE)
        if follower: figures["delay_ms"] = delays(follower, came, logs["results"], began + SETTLE_S)
        figures |= {"killed": killed, "seconds": round(time.time() - began), "rate": a.rate, "ended_by_itself": not alive, "examples": examples}
    finally:
        ended.set()
        for process in (load, learner, *schedulers, *workers, *nodes): process.stop()
        if a.keep: say(f"logs and data are in {folder}")
        else: shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=2))
    if a.json: pathlib.Path(a.json).write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if agrees(figures) and alive and figures["decided"] > 0.5 * a.rate * seconds else 1


if __name__ == "__main__":
    sys.exit(main())
