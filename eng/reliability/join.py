"""Joins decisions, results and feedback of a whole log, and compares what comes out with `experience`. Shares no code with StreamSched: Debian's
python3-avro reads the records by the schemas in schemas/, librdkafka's Python binding reads the topics, `experience` under read_committed."""
import collections, io, json, pathlib, struct, time
import avro.io, avro.schema
from confluent_kafka import Consumer, TopicPartition

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Patience after the deadline, µs; how far back feedback may correct; how often.
PATIENCE, REVISION_WINDOW, MOST_REVISIONS = 12_000_000, 600_000_000, 16


def plain(node):
    """A schema without its logical types: they are no part of the bytes, and the library's own are slow."""
    if isinstance(node, dict): return {k: plain(v) for k, v in node.items() if k != "logicalType"}
    return [plain(v) for v in node] if isinstance(node, list) else node


def reader_of(name):
    schema = avro.schema.parse(json.dumps(plain(json.loads((ROOT / "schemas" / f"{name}.avsc").read_text()))))
    reader = avro.io.DatumReader(schema)
    return lambda value: reader.read(avro.io.BinaryDecoder(io.BytesIO(value[10:])))


def log_of(bootstrap, topic, schema, prefix="streamsched."):
    """All records by partition, in the order of the log: (offset, µs, record)."""
    read = reader_of(schema)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "offline-join", "enable.partition.eof": True, "enable.auto.commit": False,
                         "isolation.level": "read_committed"})
    partitions = list(consumer.list_topics(prefix + topic, 30).topics[prefix + topic].partitions)
    consumer.assign([TopicPartition(prefix + topic, p, 0) for p in partitions])
    logs, ends, began = {p: [] for p in partitions}, set(), time.time()
    while len(ends) < len(partitions):
        if time.time() - began > 600: raise SystemExit(f"{topic} could not be read to its end")
        for message in consumer.consume(2000, 0.5):
            if message.error(): ends.add(message.partition())
            else: logs[message.partition()].append((message.offset(), message.timestamp()[1] * 1000, read(message.value())))
    consumer.close()
    return logs


def f32(x): return struct.unpack("<f", struct.pack("<f", x))[0]


def utility(value, weight, result, said):
    """(accuracy, or 1, if on time, else 0) less weighted energy, latency over deadline, and cost."""
    on_time = result["status"] == "OK" and not result["late"]
    deadline = min(max(result["deadline"] - result["created"], 0), 86_400_000_000)
    latency = min(max(result["finished"] - result["created"], 0), 86_400_000_000)
    if result["status"] == "OK":
        if said["onTime"] is not None: on_time = said["onTime"]
        elif said["received"] is not None: on_time = said["received"] - result["created"] <= deadline
    accuracy = result["accuracy"] or 0
    answered = result["output"]["label"] if result["output"] else None
    if said["label"] is not None and answered is not None: accuracy = 1 if said["label"] == answered else 0
    if said["received"] is not None and said["received"] >= result["created"]: latency = said["received"] - result["created"]
    ran = result["status"] == "OK" or result["batch"] > 0
    gain = weight * (1 - value["accuracy"] * (1 - accuracy)) if on_time else 0
    late = latency / deadline if deadline > 0 and ran else 0
    return gain - value["energy"] * (result["energyJoules"] or 0) - value["latency"] * late - value["cost"] * (result["money"] or 0)


def expected(decisions, results, feedback, value):
    """What one partition's experience has to be: {(device, id, revision): (state, decision's offset, result's offset, utility, site)}."""
    of, first, said_of, out = {}, {}, collections.defaultdict(list), {}
    for offset, _, d in decisions: of.setdefault((d["device"], d["id"]), []).append((offset, d))
    duplicates = 0
    for offset, _, r in results:
        if r["status"] == "REJECTED" and (r["reason"] or "").startswith("invalid"): continue
        if (r["device"], r["id"]) in first: duplicates += 1
        else: first[r["device"], r["id"]] = (offset, r)
    for offset, at, f in feedback: said_of[f["device"], f["id"]].append((offset, at, f))
    nothing = {"label": None, "rating": None, "received": None, "onTime": None}
    for key, attempts in of.items():
        result_offset, result = first.get(key, (-1, None))
        matching = [(o, d) for o, d in attempts if result and d["attempt"] == result["attempt"] and d["scheduler"] == result["scheduler"]]
        offset, decision = matching[0] if matching else attempts[-1]
        prediction = decision["prediction"] or {"energyJoules": 0, "money": 0, "price": 0}

        def worth(said):
            if result: return utility(value, decision["weight"], result, said)
            return -value["energy"] * prediction["energyJoules"] - value["cost"] * prediction["money"]
        site = result["site"] if result else ""
        out[(*key, 0)] = ("JOINED" if result else "DEFAULT", offset, result_offset, worth(nothing), site)
        said, revision = dict(nothing), 0
        for _, at, f in said_of[key]:
            more = {k: f[k] if f[k] is not None else said[k] for k in said}
            if more == said or revision >= MOST_REVISIONS or at > decision["at"] + REVISION_WINDOW: continue
            said, revision = more, revision + 1
            out[(*key, revision)] = ("REVISED", offset, result_offset, worth(said), site)
    return out, {"decided": len(of), "answered": sum(1 for k in of if k in first), "duplicates": duplicates,
                 **collections.Counter(f"undecided {r['status']}({r['reason'] or ''})" for k, (_, r) in first.items() if k not in of),
                 "feedback": sum(len(v) for v in said_of.values())}


def compare(bootstrap, value):
    """Figures, the first records that differ, and the logs."""
    logs = {t: log_of(bootstrap, t, s) for t, s in (("decisions", "scheduling-decision"), ("results", "inference-result"), ("feedback", "feedback"),
                                                    ("experience", "experience"))}
    figures, examples = collections.Counter(), []
    for p in logs["decisions"]:
        want, counts = expected(logs["decisions"][p], logs["results"][p], logs["feedback"][p], value)
        figures.update(counts)
        seen = set()
        for _, _, e in logs["experience"][p]:
            key = (e["device"], e["id"], e["revision"])
            figures["experience"] += 1
            figures[e["joinState"]] += 1
            if key in seen: figures["twice"] += 1
            seen.add(key)
            have = (e["joinState"], e["decisionOffset"], e["resultOffset"])
            if key not in want: figures["unexpected"] += 1
            elif have != want[key][:3]: figures["otherwise"] += 1
            elif abs(e["utility"] - want[key][3]) > 1e-5 * max(1, abs(want[key][3])): figures["other_utility"] += 1
            elif e["site"] != want[key][4]: figures["other_site"] += 1
            else: continue
            if len(examples) < 5: examples.append({"key": str(key), "have": [*have, e["utility"]], "want": want.get(key)})
        missing = want.keys() - seen
        figures["missing"] += len(missing)
        examples += [{"key": str(k), "have": None, "want": want[k]} for k in list(missing)[:max(0, 5 - len(examples))]]
    for name in ("twice", "unexpected", "otherwise", "other_utility", "other_site", "missing"): figures[name] += 0
    return dict(figures), examples, logs


def agrees(figures): return all(figures[n] == 0 for n in ("twice", "unexpected", "otherwise", "other_utility", "other_site", "missing"))
