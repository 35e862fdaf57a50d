"""A Kafka of its own on loopback, processes that are killed and started again, and a reader of Avro records that shares no code with StreamSched."""
import os, pathlib, signal, socket, subprocess, sys, time
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
        self.running = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                        env=self.env, cwd=self.cwd, start_new_session=True)

    def kill(self):
        os.kill(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def freeze(self): os.kill(self.running.pid, signal.SIGSTOP)

    def thaw(self): os.kill(self.running.pid, signal.SIGCONT)

    @property
    def is_alive(self): return self.running is not None and self.running.poll() is None

    def sample(self):
        """Resident KiB, open handles, threads."""
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{self.running.pid}/status").read_text().splitlines() if ":" in line)
        return int(status["VmRSS"].split()[0]), len(os.listdir(f"/proc/{self.running.pid}/fd")), int(status["Threads"])

    def stop(self):
        if self.running and self.running.poll() is None:
            self.thaw()
            self.running.terminate()
            try: self.running.wait(20)
            except subprocess.TimeoutExpired: self.kill()
        self.log.close()


def brokers(folder, home, count=3):
    """Nodes of a Kafka, not started yet, and where clients find them."""
    ports = free_ports(2 * count)
    voters = ",".join(f"{i + 1}@127.0.0.1:{ports[count + i]}" for i in range(count))
    log4j = folder / "log4j2.properties"
    log4j.write_text("rootLogger.level=warn\nrootLogger.appenderRef.stdout.ref=STDOUT\nappender.stdout.type=Console\nappender.stdout.name=STDOUT\n"
                     "appender.stdout.layout.type=PatternLayout\nappender.stdout.layout.pattern=%d %p %m%n\n")
    made = []
    for i in range(count):
        data = folder / f"broker-{i + 1}"
        data.mkdir()
        (data / "server.properties").write_text("\n".join([
            "process.roles=broker,controller", f"node.id={i + 1}", f"controller.quorum.voters={voters}",
            f"listeners=PLAINTEXT://127.0.0.1:{ports[i]},CONTROLLER://127.0.0.1:{ports[count + i]}", f"advertised.listeners=PLAINTEXT://127.0.0.1:{ports[i]}",
            "controller.listener.names=CONTROLLER", "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name=PLAINTEXT", f"log.dirs={data}/data", f"offsets.topic.replication.factor={count}",
            f"transaction.state.log.replication.factor={count}", f"transaction.state.log.min.isr={min(2, count)}",
            f"min.insync.replicas={min(2, count)}", f"default.replication.factor={count}",
            "offsets.topic.num.partitions=8", "group.initial.rebalance.delay.ms=0",
            "auto.create.topics.enable=false", "broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500", ""]))
        java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx384m", "-cp", f"{home}/libs/*", f"-Dlog4j2.configurationFile={log4j}"]
        subprocess.run(java + ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", str(data / "server.properties")],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made.append(Process(f"broker-{i + 1}", java + ["kafka.Kafka", str(data / "server.properties")], folder, cwd=data))
    return made, ",".join(f"127.0.0.1:{p}" for p in ports[:count])


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


def create_topics(env, replication=3, *options):
    for attempt in range(40):
        made = subprocess.run([PROGRAM, "topics", "create", "--kafka", f"replication-factor={replication}", *options], env=env, capture_output=True)
        if made.returncode == 0: return
        time.sleep(1)
    sys.exit("the brokers did not come up: " + made.stderr.decode())


def freeze(env):
    """Keeps the roll-out where it is, as soon as the learner has published one."""
    for attempt in range(40):
        done = subprocess.run([PROGRAM, "policy", "freeze"], env=env, capture_output=True)
        if done.returncode == 0: return
        time.sleep(1)
    sys.exit("the roll-out could not be frozen: " + done.stderr.decode())


def parts_of_result(b):
    """(device, id), status and reason of a framed InferenceResult."""
    id_, i = text(b, 10)
    device, i = text(b, i)
    _, i = text(b, i)
    _, i = text(b, i)
    status, i = varint(b, i)
    branch, i = varint(b, i)
    reason = text(b, i)[0].decode() if branch else ""
    return (device, id_), STATUS[status], reason


def need():
    home = os.environ.get("KAFKA_HOME") or sys.exit("set KAFKA_HOME to a folder with Kafka's libs/*.jar")
    if not PROGRAM.exists(): sys.exit(f"{PROGRAM} is not built: run ./streamsched build")
    return home
