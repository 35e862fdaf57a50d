#!/usr/bin/python3
"""Kills schedulers, workers and brokers with -9 under load and counts what became of every request.

Starts a three-node Apache Kafka from KAFKA_HOME on loopback, two schedulers and three workers of this checkout, lets devices send, kills one
process after the other and starts each again, and then reads `requests` and `results` with a client that shares no code with StreamSched (librdkafka's
Python binding and the dozen lines of Avro below). Needs Java 17, and Debian's python3-confluent-kafka.

usage: eng/reliability/run.py [--rate 2000] [--seconds 60] [--every 6] [--json FILE] [--keep]
Exit status 0: every request has a first answer.
"""
import argparse, datetime, json, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, time
from collections import Counter
from confluent_kafka import Consumer, TopicPartition

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "artifacts/bin/StreamSched/release/streamsched"
STATUS = ["OK", "REJECTED", "EXPIRED", "FAILED"]


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets: s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets: s.close()
    return ports


class Process:
    """Something that is killed and started again."""

    def __init__(self, name, command, folder, env=None, cwd=None):
        self.name, self.command, self.env, self.cwd = name, command, env, cwd
        self.log = open(folder / f"{name}.log", "ab")
        self.running = None

    def start(self):
        self.running = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=self.env, cwd=self.cwd, start_new_session=True)

    def kill(self):
        os.kill(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self):
        if self.running and self.running.poll() is None:
            self.running.terminate()
            try: self.running.wait(20)
            except subprocess.TimeoutExpired: self.kill()
        self.log.close()


def brokers(folder, home):
    ports = free_ports(6)
    voters = ",".join(f"{i + 1}@127.0.0.1:{ports[3 + i]}" for i in range(3))
    log4j = folder / "log4j2.properties"
    log4j.write_text("rootLogger.level=warn\nrootLogger.appenderRef.stdout.ref=STDOUT\nappender.stdout.type=Console\nappender.stdout.name=STDOUT\n"
                     "appender.stdout.layout.type=PatternLayout\nappender.stdout.layout.pattern=%d %p %m%n\n")
    made = []
    for i in range(3):
        data = folder / f"broker-{i + 1}"
        data.mkdir()
        (data / "server.properties").write_text("\n".join([
            "process.roles=broker,controller", f"node.id={i + 1}", f"controller.quorum.voters={voters}",
            f"listeners=PLAINTEXT://127.0.0.1:{ports[i]},CONTROLLER://127.0.0.1:{ports[3 + i]}", f"advertised.listeners=PLAINTEXT://127.0.0.1:{ports[i]}",
            "controller.listener.names=CONTROLLER", "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "inter.broker.listener.name=PLAINTEXT",
            f"log.dirs={data}/data", "offsets.topic.replication.factor=3", "transaction.state.log.replication.factor=3", "transaction.state.log.min.isr=2",
            "min.insync.replicas=2", "default.replication.factor=3", "offsets.topic.num.partitions=8", "group.initial.rebalance.delay.ms=0",
            "auto.create.topics.enable=false", "broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500", ""]))
        java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx384m", "-cp", f"{home}/libs/*", f"-Dlog4j2.configurationFile={log4j}"]
        subprocess.run(java + ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", str(data / "server.properties")],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made.append(Process(f"broker-{i + 1}", java + ["kafka.Kafka", str(data / "server.properties")], folder, cwd=data))
    return made, ",".join(f"127.0.0.1:{p}" for p in ports[:3])


def varint(b, i):
    shift = value = 0
    while True:
        byte = b[i]; i += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80: return (value >> 1) ^ -(value & 1), i
        shift += 7


def text(b, i):
    n, i = varint(b, i)
    return bytes(b[i:i + n]), i + n


def read_all(bootstrap, topic, take):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reliability-check", "enable.partition.eof": True, "enable.auto.commit": False})
    partitions = list(consumer.list_topics(topic, 30).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    ends, began = set(), time.time()
    while len(ends) < len(partitions):
        if time.time() - began > 300: raise SystemExit(f"{topic} could not be read to its end")
        for message in consumer.consume(2000, 0.5):
            if message.error(): ends.add(message.partition())
            else: take(message)
    consumer.close()


def check(bootstrap):
    asked, first, second, by_second = {}, {}, {}, {}
    statuses, reasons, twice, strangers = {}, {}, 0, 0

    def request(m):
        b = m.value()
        id_, i = text(b, 10)
        device, _ = text(b, i)
        asked.setdefault((device, id_), m.partition())
        second.setdefault((device, id_), m.timestamp()[1] // 1000)

    def result(m):
        nonlocal twice, strangers
        b = m.value()
        id_, i = text(b, 10)
        device, i = text(b, i)
        _, i = text(b, i)
        _, i = text(b, i)
        status, i = varint(b, i)
        branch, i = varint(b, i)
        reason = text(b, i)[0].decode() if branch else ""
        key = (device, id_)
        if key not in asked: strangers += 1
        elif key in first: twice += 1
        elif asked[key] != m.partition(): raise SystemExit(f"the answer to {key} is in partition {m.partition()}, its request in {asked[key]}")
        else:
            first[key] = STATUS[status]
            statuses[STATUS[status]] = statuses.get(STATUS[status], 0) + 1
            counts = by_second.setdefault(second[key], [0, 0])
            counts[0 if status == 0 else 1] += 1
            if status: reasons[f"{STATUS[status]}({reason})"] = reasons.get(f"{STATUS[status]}({reason})", 0) + 1

    read_all(bootstrap, "streamsched.requests", request)
    read_all(bootstrap, "streamsched.results", result)
    return {"accepted": len(asked), "answered": len(first), "missing": len(asked) - len(first), "statuses": statuses, "reasons": reasons,
            "answered_twice": twice, "strangers": strangers, "by_second": by_second}


def clock_of(line):
    found = re.match(rb"(?:\x1b\[[0-9;]*m)*(\d\d):(\d\d):(\d\d)\.(\d+)", line)
    if not found: return None
    h, m, s, ms = (int(x) for x in found.groups())
    return ((h * 60 + m) * 60 + s) + ms / 1000


def take_overs(folder, kills):
    """Seconds from a scheduler's death until another had recovered the last of its partitions."""
    lines = []
    for log in folder.glob("scheduler-*.log"):
        for line in log.read_bytes().splitlines():
            if b"now taking requests" in line and clock_of(line) is not None: lines.append((clock_of(line), log.stem))
    times = []
    for at, name, until in kills:
        after = [t - at for t, who in lines if who != name and at < t < min(until, at + 30)]
        times.append(round(max(after), 2) if after else None)
    return times


def timeline(by_second, kills):
    """What became of the requests of each second: [second, OK, other, what was killed in it]."""
    start = min(by_second)
    return [[s - start, *by_second[s], " ".join(name for at, name in kills if int(at) == s)] for s in sorted(by_second)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rate", type=float, default=2000, help="requests per second")
    p.add_argument("--seconds", type=float, default=60, help="how long devices send")
    p.add_argument("--every", type=float, default=6, help="seconds between two kills")
    p.add_argument("--deadline", default="500ms", help="deadline of the requests")
    p.add_argument("--json", help="writes the figures to this file")
    p.add_argument("--keep", action="store_true", help="keeps logs and data")
    a = p.parse_args()
    home = os.environ.get("KAFKA_HOME") or sys.exit("set KAFKA_HOME to a folder with Kafka's libs/*.jar")
    if not PROGRAM.exists(): sys.exit(f"{PROGRAM} is not built: run ./streamsched build")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-reliability-"))
    say = lambda text: print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    ours = {f"scheduler-{i}": Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}"], folder, env) for i in (1, 2)}
    ours |= {f"worker-{i}": Process(f"worker-{i}", [PROGRAM, "worker", "--id", f"worker-{i}", "--site", "plant", "--models", ROOT / "models",
                                                    "--variants", "digits-xs", "digits-s"], folder, env) for i in (1, 2, 3)}
    everything = {n.name: n for n in nodes} | ours
    kills, scheduler_kills, pending = [], [], []
    try:
        say("starting three brokers")
        for n in nodes: n.start()
        for attempt in range(40):
            made = subprocess.run([PROGRAM, "topics", "create", "--kafka", "replication-factor=3"], env=env, capture_output=True)
            if made.returncode == 0: break
            time.sleep(1)
        else: sys.exit("the brokers did not come up: " + made.stderr.decode())
        say("starting two schedulers and three workers")
        for process in ours.values(): process.start()
        time.sleep(12)
        frames = ROOT / "models/frames/digits-599-images-idx3-ubyte.gz"
        devices = max(1, int(a.rate // 50))
        load = Process("devices", [PROGRAM, "device", "--id", "load", "--task", "digits", "--site", "plant", "--frames", frames, "--rate", str(a.rate / devices), "--devices",
                                   str(devices), "--seconds", str(a.seconds), "--deadline", a.deadline, "--json"], folder, env)
        load.start()
        everything["devices"] = load
        began = time.time()
        order = ["scheduler-1", "worker-1", "broker-2", "scheduler-2", "worker-2", "broker-3", "scheduler-1", "worker-3", "broker-1"]
        next_kill, turn = began + a.every, 0
        while time.time() < began + a.seconds:
            now = time.time()
            for due, name in [x for x in pending if x[0] <= now]:
                pending.remove((due, name))
                everything[name].start()
                say(f"started {name} again")
            if now >= next_kill and now < began + a.seconds - 1:
                name = order[turn % len(order)]; turn += 1
                if name not in [n for _, n in pending]:
                    everything[name].kill()
                    utc = datetime.datetime.now(datetime.timezone.utc)
                    at = ((utc.hour * 60 + utc.minute) * 60 + utc.second) + utc.microsecond / 1e6
                    kills.append((now, name))
                    back = 10 if name.startswith("scheduler") else 4
                    if name.startswith("scheduler"): scheduler_kills.append((at, name, at + back))
                    pending.append((now + back, name))
                    say(f"killed {name} with -9")
                next_kill += a.every
            time.sleep(0.05)
        say("load is over; waiting for the last answers")
        for _, name in pending: everything[name].start()
        load.running.wait(90)
        time.sleep(12)
        say("reading requests and results")
        figures = check(bootstrap)
        by_second = figures.pop("by_second")
        figures["timeline"] = timeline(by_second, kills)
        figures |= {"rate": a.rate, "seconds": a.seconds, "killed": Counter(name for _, name in kills), "take_over_seconds": take_overs(folder, scheduler_kills)}
    finally:
        for process in [everything.get("devices"), *ours.values(), *nodes]:
            if process: process.stop()
        if not a.keep: shutil.rmtree(folder, ignore_errors=True)
        else: say(f"logs and data are in {folder}")
    for second, ok, other, what in figures["timeline"]: say(f"{second:4} s  {ok:6} OK {other:6} not  {what}")
    print(json.dumps({k: v for k, v in figures.items() if k != "timeline"}, indent=2))
    if a.json: pathlib.Path(a.json).write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["missing"] == 0 and figures["accepted"] > 0.5 * a.rate * a.seconds else 1


if __name__ == "__main__":
    sys.exit(main())
