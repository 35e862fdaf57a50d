#!/usr/bin/python3
"""Kills schedulers, workers and brokers with -9 under load and counts what became of every request.

Starts a three-node Apache Kafka from KAFKA_HOME on loopback, two schedulers and three workers of this checkout, lets devices send, kills one
process after the other and starts each again. Two readers look at `results`, neither of which shares code with StreamSched: one follows the topic while
all this happens (librdkafka's Python binding), one reads it from the beginning afterwards (Kafka's own Java client). Each takes the first
answer of every request; they must agree. Needs Java 17, and Debian's python3-confluent-kafka.

    eng/reliability/run.py --rate 2000 --seconds 60 --every 6          one after the other, nine kills
    eng/reliability/run.py --storm 1 --rate 200 --seconds 600          1,000 kills drawn with seed 1 in rounds of 20 s: one every 0.25 s for 8.5 s, a
                                                                       fifth of them frozen with SIGSTOP instead, then 11.5 s to recover

Exit status 0: every request has a first answer, and the readers agree.
"""
import argparse, base64, collections, datetime, json, os, pathlib, random, re, shutil, signal, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need, parts_of_result, read_all, text
from confluent_kafka import Consumer, TopicPartition

FREEZE_S = (0.5, 12)  # a scheduler's session ends after 6 s, a worker counts as dead after 2
ROUND_S, STORM_EVERY_S, STORM_KILLS = 20, 0.25, 34
WARM_S, WARM_RATE = 8, 30
BROKER_UP_S = 5  # a second broker that is away would stop Kafka itself, and with it everything that this looks at


def follow(bootstrap, file):
    """The live reader: first answers as they come, until SIGTERM."""
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reliability-live", "enable.auto.commit": False})
    topic = "streamsched.results"
    consumer.assign([TopicPartition(topic, p, 0) for p in consumer.list_topics(topic, 30).topics[topic].partitions])
    first = {}
    while not ended:
        for message in consumer.consume(2000, 0.2):
            if not message.error(): first.setdefault(parts_of_result(message.value())[0], (message.partition(), message.value()))
    write_answers(file, first)


def write_answers(file, first):
    pathlib.Path(file).write_text("".join(f"{p} {base64.b64encode(value).decode()}\n" for p, value in first.values()))


def answers_in(lines):
    """First answer of each request among lines of partition and value."""
    first, twice = {}, 0
    for line in lines:
        partition, value = line.split()
        value = base64.b64decode(value)
        key, status, reason = parts_of_result(value)
        if key in first: twice += 1
        else: first[key] = (int(partition), status, reason, value)
    return first, twice


def check(bootstrap, home, live_file):
    asked, second = {}, {}

    def request(m):
        b = m.value()
        id_, i = text(b, 10)
        device, _ = text(b, i)
        asked.setdefault((device, id_), m.partition())
        second.setdefault((device, id_), m.timestamp()[1] // 1000)

    read_all(bootstrap, "streamsched.requests", request)
    java = subprocess.run(["java", "-cp", f"{home}/libs/*", str(ROOT / "eng/reliability/Reader.java"), bootstrap, "streamsched.results"],
                          capture_output=True, text=True, timeout=600)
    if java.returncode != 0: raise SystemExit("the Java reader failed: " + java.stderr[-2000:])
    first, twice = answers_in(java.stdout.splitlines())
    live, _ = answers_in(pathlib.Path(live_file).read_text().splitlines())
    statuses, reasons, by_second = collections.Counter(), collections.Counter(), {}
    for key, (partition, status, reason, _) in first.items():
        if key not in asked: continue
        if asked[key] != partition: raise SystemExit(f"the answer to {key} is in partition {partition}, its request in {asked[key]}")
        statuses[status] += 1
        if reason: reasons[f"{status}({reason})"] += 1
        by_second.setdefault(second[key], [0, 0])[0 if status == "OK" else 1] += 1
    answered = {key for key in asked if key in first}
    return {"accepted": len(asked), "answered": len(answered), "missing": len(asked) - len(answered),
            "statuses": statuses, "reasons": reasons, "answered_twice": twice, "strangers": len(first.keys() - asked.keys()),
            "readers_differ": sum(1 for key in asked if live.get(key, (0, 0, 0, None))[3] != first.get(key, (0, 0, 0, None))[3]),
            "by_second": by_second}


def clock_of(line):
    found = re.match(rb"(\d\d):(\d\d):(\d\d)\.(\d+)", line)
    if not found: return None
    h, m, s, ms = (int(x) for x in found.groups())
    return ((h * 60 + m) * 60 + s) + ms / 1000


def take_overs(folder, kills):
    """For each partition of a scheduler that was killed or frozen: seconds until a scheduler had recovered it (again)."""
    taken = []
    for log in folder.glob("scheduler-*.log"):
        for line in log.read_bytes().splitlines():
            found = re.search(rb"partition (\d+): read .* now taking requests", line)
            if found and clock_of(line) is not None: taken.append((clock_of(line), log.stem, int(found[1])))
    taken.sort()
    times, owner = [], {}
    events = sorted([(at, "killed", name, None) for at, name in kills] + [(at, "taken", name, p) for at, name, p in taken], key=lambda e: e[0])
    orphaned = {}
    for at, what, name, partition in events:
        if what == "killed":
            for p, who in owner.items():
                if who == name: orphaned.setdefault(p, at)
        else:
            if partition in orphaned: times.append(at - orphaned.pop(partition))
            owner[partition] = name
    return times


def quantiles(values):
    values = sorted(values)
    if not values: return None
    at = lambda q: round(values[min(len(values) - 1, int(q * len(values)))], 2)
    return {"partitions": len(values), "min": at(0), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1)}


def timeline(by_second, kills):
    """What became of the requests of each second: [second, OK, other, what was killed in it]."""
    start = min(by_second)
    return [[s - start, *by_second[s], " ".join(name for at, name, _ in kills if int(at) == s)] for s in sorted(by_second)]


def utc_seconds():
    utc = datetime.datetime.now(datetime.timezone.utc)
    return ((utc.hour * 60 + utc.minute) * 60 + utc.second) + utc.microsecond / 1e6


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rate", type=float, default=2000, help="requests per second")
    p.add_argument("--seconds", type=float, default=60, help="how long devices send")
    p.add_argument("--every", type=float, default=6, help="seconds between two kills")
    p.add_argument("--storm", type=int, metavar="SEED", help="draws whom and how, a fifth with SIGSTOP, instead of taking turns")
    p.add_argument("--deadline", default="500ms", help="deadline of the requests")
    p.add_argument("--json", help="writes the figures to this file")
    p.add_argument("--keep", action="store_true", help="keeps logs and data")
    p.add_argument("--follow", nargs=2, metavar=("BOOTSTRAP", "FILE"), help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.follow: return follow(*a.follow)
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-reliability-"))
    say = lambda text: print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    ours = {f"scheduler-{i}": Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}"], folder, env) for i in (1, 2)}
    ours |= {f"worker-{i}": Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models",
                                                    "--variants", "digits-xs", "digits-s"], folder, env) for i in (1, 2, 3)}
    everything = {n.name: n for n in nodes} | ours
    live_file = folder / "live-answers"
    live = Process("live-reader", [sys.executable, __file__, "--follow", bootstrap, str(live_file)], folder)
    kills, scheduler_kills, pending = [], [], []
    draw = random.Random(a.storm)
    try:
        say("starting three brokers")
        for n in nodes: n.start()
        create_topics(env)
        say("starting two schedulers and three workers")
        for process in ours.values(): process.start()
        live.start()
        time.sleep(5)
        frames = ROOT / "models/frames/digits-599-images-idx3-ubyte.gz"
        send = lambda name, devices, rate, seconds: Process(name, [
            PROGRAM, "device", "--id", name, "--task", "digits", "--site", "plant", "--frames", frames,
            "--rate", str(rate / devices), "--devices", str(devices), "--seconds", str(seconds), "--deadline", a.deadline, "--json"], folder, env)
        say(f"{WARM_S} s of {WARM_RATE} requests/s: code is compiled and connections are made before anything is killed")
        warm = everything["warm"] = send("warm", 1, WARM_RATE, WARM_S)
        warm.start()
        warm.running.wait(60)
        load = everything["devices"] = send("devices", max(1, int(a.rate // 50)), a.rate, a.seconds)
        load.start()
        began = time.time()
        order = ["scheduler-1", "worker-1", "broker-2", "scheduler-2", "worker-2", "broker-3", "scheduler-1", "worker-3", "broker-1"]
        if a.storm is None: due_kills = [began + a.every * i for i in range(1, int(a.seconds / a.every) + 1)]
        else: due_kills = [began + 2 + ROUND_S * r + STORM_EVERY_S * i for r in range(int(a.seconds // ROUND_S) + 1) for i in range(STORM_KILLS)]
        due_kills = [t for t in due_kills if t < began + a.seconds - 1]
        turn, up_since = 0, {n: began - 60 for n in everything}
        while time.time() < began + a.seconds:
            now = time.time()
            for due, name, how in [x for x in pending if x[0] <= now]:
                pending.remove((due, name, how))
                everything[name].start() if how == "killed" else everything[name].thaw()
                up_since[name] = now
                say(f"{name} goes on" if how == "frozen" else f"started {name} again")
            if due_kills and now >= due_kills[0]:
                due_kills.pop(0)
                away = {n for _, n, _ in pending}
                if a.storm is None: name, how = order[turn % len(order)], "killed"
                else:
                    brokers_up = not any(n in away or now - up_since[n] < BROKER_UP_S for n in everything if n.startswith("broker"))
                    candidates = [n for n in everything if n not in ("warm", "devices") and n not in away and (brokers_up or not n.startswith("broker"))]
                    name, how = (draw.choice(candidates) if candidates else ""), ("frozen" if draw.random() < 0.2 else "killed")
                turn += 1
                if name and name not in away:
                    if not everything[name].is_alive: say(f"{name} had ended by itself")
                    elif how == "killed": everything[name].kill()
                    else: everything[name].freeze()
                    kills.append((now, name, how))
                    if how == "frozen": back = draw.uniform(*FREEZE_S)
                    elif a.storm is None: back = 10 if name.startswith("scheduler") else 4
                    else: back = draw.uniform(0.2, 2)
                    if name.startswith("scheduler") and (how == "killed" or back > 8): scheduler_kills.append((utc_seconds(), name))
                    pending.append((now + back, name, how))
                    say(f"killed {name} with -9" if how == "killed" else f"froze {name} for {back:.1f} s")
            time.sleep(0.02)
        say("load is over; waiting for the last answers")
        for _, name, how in pending: everything[name].start() if how == "killed" else everything[name].thaw()
        load.running.wait(120)
        time.sleep(15)
        live.running.terminate()
        live.running.wait(60)
        say("reading requests and results")
        figures = check(bootstrap, home, live_file)
        by_second = figures.pop("by_second")
        figures["timeline"] = timeline(by_second, kills)
        counts = lambda how: collections.Counter(name for _, name, h in kills if h == how)
        figures |= {"rate": a.rate, "seconds": a.seconds, "storm": a.storm, "kills": len(kills), "killed": counts("killed"), "frozen": counts("frozen"),
                    "take_over_seconds": quantiles(take_overs(folder, scheduler_kills)),
                    "ended_by_themselves": [n.name for n in ours.values() if not n.is_alive]}
    finally:
        for process in [everything.get("warm"), everything.get("devices"), live, *ours.values(), *nodes]:
            if process: process.stop()
        if not a.keep: shutil.rmtree(folder, ignore_errors=True)
        else: say(f"logs and data are in {folder}")
    for second, ok, other, what in figures["timeline"]: say(f"{second:4} s  {ok:6} OK {other:6} not  {what}")
    print(json.dumps({k: v for k, v in figures.items() if k != "timeline"}, indent=2))
    if a.json: pathlib.Path(a.json).write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["missing"] == figures["readers_differ"] == 0 and figures["accepted"] > 0.5 * a.rate * a.seconds else 1


if __name__ == "__main__":
    sys.exit(main())
