"""A StreamSched device in Python: publishes requests, finds their answers.

Needs Debian's python3-confluent-kafka and python3-avro, nothing else. The contract is schemas/README.md,
section "For clients in any language".
"""
import io
import json
import os
import pathlib
import time

import avro.io
import avro.schema
from confluent_kafka import Consumer, Producer, TopicPartition

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"

# How long after the deadline schedulers answer EXPIRED, and how long a take-over by another scheduler may last.
GRACE_S = 1.0
MARGIN_S = 10.0
DEFAULT_DEADLINE_S = 1.0


class Schema:
    """Reads and writes messages in Avro's single-object encoding: C3 01, the fingerprint, the record."""

    def __init__(self, name, folder=SCHEMAS):
        text = (pathlib.Path(folder) / (name + ".avsc")).read_text(encoding="utf-8")
        definition = json.loads(text)
        self._schema = avro.schema.parse(json.dumps(without_logical_types(definition)))
        self._header = b"\xc3\x01" + crc64_avro(canonical_form(definition).encode("utf-8")).to_bytes(8, "little")
        self._reader = avro.io.DatumReader(self._schema)
        self._writer = avro.io.DatumWriter(self._schema)

    def encode(self, record):
        body = io.BytesIO()
        self._writer.write(record, avro.io.BinaryEncoder(body))
        return self._header + body.getvalue()

    def decode(self, message):
        if message is None or message[:10] != self._header:
            raise ValueError("not written with this schema")
        return self._reader.read(avro.io.BinaryDecoder(io.BytesIO(message[10:])))


class Answer:
    """What became of a request: status is OK, REJECTED, EXPIRED or FAILED as in results, or NO ANSWER, or NOT SENT."""

    def __init__(self, request, status, reason=None, result=None, partition=None):
        self.partition = partition  # of the request, its answer and feedback on it; None: it was not sent
        self.request, self.status, self.reason, self.result = request, status, reason, result
        self.latency_s = time.time() - request["created"] / 1e6
        deadline = request["deadlineMicros"]
        if deadline is None and result is not None:
            deadline = result["deadline"] - result["created"]
        self.on_time = status == "OK" and self.latency_s * 1e6 <= deadline

    @property
    def label(self):
        output = self.result and self.result["output"]
        return output["label"] if output else None


class Client:
    """Sends requests and reads results. Not thread-safe. Use it in a with statement."""

    def __init__(self, bootstrap, prefix="streamsched.", schemas=SCHEMAS, config=None):
        self._requests, self._results, self._feedback = prefix + "requests", prefix + "results", prefix + "feedback"
        self._feedback_schema = Schema("feedback", schemas)
        self._request_schema = Schema("inference-request", schemas)
        self._result_schema = Schema("inference-result", schemas)
        # Whoever asks brokers for a topic creates it where they allow that, with one partition and other limits than it needs;
        # a producer asks with every first record.
        common = {"bootstrap.servers": bootstrap, "allow.auto.create.topics": False, **(config or {})}
        self._producer = Producer({**common, "enable.idempotence": True, "linger.ms": 1})
        self._consumer = Consumer({**common, "group.id": prefix + "python-device", "enable.auto.commit": False})
        self._outstanding = {}  # (device, id) -> request, partition, results that came before the delivery report, when to give up
        self._ended = {}  # (device, id) -> when to forget
        self._answers = []
        self.duplicates = 0
        self._partitions(self._producer, self._requests)  # or the first requests would wait for it
        self._follow()

    def send(self, device, task, payload, encoding="GREY8", shape=(), deadline_s=None, min_accuracy=None, site="", user=None):
        """Publishes a request; its answer comes from answers(). Gives its id."""
        request = {
            "id": uuid7(), "device": device, "user": user, "site": site, "task": task, "created": int(time.time() * 1e6),
            "deadlineMicros": None if deadline_s is None else int(deadline_s * 1e6), "minAccuracy": min_accuracy, "weight": 1.0,
            "parent": None, "stage": 0, "encoding": encoding, "shape": list(shape), "payload": payload,
        }
        key = (device, request["id"])
        patience = max(0.0, DEFAULT_DEADLINE_S if deadline_s is None else deadline_s) + GRACE_S + MARGIN_S
        self._outstanding[key] = {"request": request, "partition": None, "early": [], "until": time.monotonic() + patience}

        def delivered(error, message):
            entry = self._outstanding.get(key)
            if entry is None:
                return
            if error is not None:
                self._end(key, Answer(request, "NOT SENT", str(error)))
                return
            # The answer comes into the partition of results that the request has in requests.
            entry["partition"] = message.partition()
            for partition, result in entry["early"]:
                self._settle(key, partition, result)

        while True:
            try:
                self._producer.produce(self._requests, key=device.encode(), value=self._request_schema.encode(request), on_delivery=delivered)
                break
            except BufferError:
                self._producer.poll(0.05)
        self._producer.poll(0)
        return request["id"]

    def answers(self, timeout_s=0.05):
        """The answers that came since the last call, after waiting at most so long for one."""
        self._producer.poll(0)
        for message in self._consumer.consume(500, timeout_s):
            if message.error():
                continue
            try:
                result = self._result_schema.decode(message.value())
            except Exception:  # whatever is wrong with it: it answers nobody
                continue
            self._settle((result["device"], result["id"]), message.partition(), result)
        self._producer.poll(0)
        now = time.monotonic()
        for key in [key for key, entry in self._outstanding.items() if entry["until"] < now]:
            self._end(key, Answer(self._outstanding[key]["request"], "NO ANSWER", partition=self._outstanding[key]["partition"]))
        for key in [key for key, until in self._ended.items() if until < now]:
            del self._ended[key]
        ready, self._answers = self._answers, []
        return ready

    def feedback(self, answer, label=None, rating=None):
        """Tells what is known about an answer: when it came, whether in time, perhaps the true class and how good it was (0..1)."""
        if answer.partition is None:
            return
        request = answer.request
        record = {
            "id": request["id"], "device": request["device"], "at": int(time.time() * 1e6), "label": label, "rating": rating,
            "received": None if answer.result is None else request["created"] + int(answer.latency_s * 1e6), "onTime": answer.on_time,
        }
        self._producer.produce(self._feedback, partition=answer.partition, key=request["id"].encode(), value=self._feedback_schema.encode(record))

    @property
    def outstanding(self):
        return len(self._outstanding)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._producer.flush(5)
        self._consumer.close()

    def _follow(self):
        # From the ends as they are now, as numbers: "the end" would be looked up later, when the first answer may be there already.
        places = [TopicPartition(self._results, partition) for partition in self._partitions(self._consumer, self._results)]
        for place in places:
            place.offset = self._consumer.get_watermark_offsets(place, timeout=15)[1]
        self._consumer.assign(places)

    @staticmethod
    def _partitions(client, topic):
        metadata = client.list_topics(topic, timeout=15).topics[topic]
        if metadata.error is not None or not metadata.partitions:
            raise RuntimeError("there is no topic " + topic + "; create it: streamsched topics create")
        return metadata.partitions

    def _settle(self, key, partition, result):
        entry = self._outstanding.get(key)
        if entry is None:
            self.duplicates += key in self._ended
        elif entry["partition"] is None:
            entry["early"].append((partition, result))
        elif entry["partition"] == partition:  # the first one there is the answer
            self._end(key, Answer(entry["request"], result["status"], result["reason"], result, partition))

    def _end(self, key, answer):
        del self._outstanding[key]
        self._ended[key] = time.monotonic() + 120
        self._answers.append(answer)


def uuid7():
    """RFC 9562, version 7: milliseconds since 1970, then random bits."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def without_logical_types(node):
    """python3-avro 1.11 cannot write null where a uuid may stand, and instants are handier as numbers; neither changes a byte."""
    if isinstance(node, dict):
        return {name: without_logical_types(value) for name, value in node.items() if name != "logicalType"}
    return [without_logical_types(item) for item in node] if isinstance(node, list) else node


def canonical_form(node):
    """Parsing canonical form (Avro specification), for schemas whose names are all in one namespace."""
    namespace = node.get("namespace", "")
    primitives = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}

    def write(node):
        if isinstance(node, str):
            return json.dumps(node if node in primitives or "." in node or not namespace else namespace + "." + node)
        if isinstance(node, list):
            return "[" + ",".join(write(item) for item in node) + "]"
        kind = node["type"]
        if not isinstance(kind, str) or kind in primitives:
            return write(kind)
        parts = []
        if kind in ("record", "enum", "fixed"):
            parts.append('"name":' + write(node["name"]))
        parts.append('"type":' + json.dumps(kind))
        if kind == "record":
            fields = ('{"name":' + json.dumps(field["name"]) + ',"type":' + write(field["type"]) + "}" for field in node["fields"])
            parts.append('"fields":[' + ",".join(fields) + "]")
        if kind == "enum":
            parts.append('"symbols":[' + ",".join(json.dumps(symbol) for symbol in node["symbols"]) + "]")
        if kind in ("array", "map"):
            name = "items" if kind == "array" else "values"
            parts.append('"' + name + '":' + write(node[name]))
        if kind == "fixed":
            parts.append('"size":' + str(node["size"]))
        return "{" + ",".join(parts) + "}"

    return write(node)


def crc64_avro(data):
    """CRC-64-AVRO, as the Avro specification gives it."""
    empty = 0xC15D213AA4D7A795
    table = []
    for i in range(256):
        entry = i
        for _ in range(8):
            entry = (entry >> 1) ^ (empty & -(entry & 1))
        table.append(entry)
    fingerprint = empty
    for byte in data:
        fingerprint = (fingerprint >> 8) ^ table[(fingerprint ^ byte) & 0xFF]
    return fingerprint
