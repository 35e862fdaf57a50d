#!/usr/bin/env python3
"""Derives scenarios/data/edge-classes.json from scenarios/data/interference/ and scenarios/data/catalogue.json (see SOURCES.md).

    eng/scenario-data/edge_classes.py

A record has every raw sample of `streamsched profile --pair mobilenet-v2,resnet18`. Times alone and matrices are its medians; noise is the spread of the
samples alone. Accuracies and the cloud's times are the catalogue's. What nobody measured is listed under "assumed".

Both models of the device have a task of their own, as the added tasks of ECSRL do: a device holds one light model for each, the cloud precise ones.
"""
import json, math
from pathlib import Path

data = Path(__file__).resolve().parents[2] / "scenarios" / "data"
CLASSES = {
    "edge-one-core": ("one-core", "one core, one thread per run"),
    "edge-two-cores": ("two-cores", "two cores, one thread per run"),
    "edge-two-threads": ("two-threads", "two cores, two threads per run"),
}
TASKS = {"mobilenet-v2": "scenes", "efficientnetv2-b0": "scenes", "vit-b32": "scenes", "resnet18": "objects", "resnet50": "objects"}
CLOUD = "d64s-v6"
catalogue = json.loads((data / "catalogue.json").read_text())
variants = [v | {"task": TASKS[v["name"]]} for v in catalogue["variants"] if v["name"] in TASKS]
classes = []
for name, (record, what) in CLASSES.items():
    measured = json.loads((data / "interference" / f"{record}.json").read_text())
    services, matrices = [], []
    for variant in (measured["a"], measured["b"]):
        cells = [c for c in measured["cells"] if c["variant"] == variant]
        alone = sorted(cells[0]["samplesMicros"])
        logs = [math.log(x) for x in alone[len(alone) // 10:len(alone) * 9 // 10]]
        mean = sum(logs) / len(logs)
        noise = math.sqrt(sum((x - mean) ** 2 for x in logs) / (len(logs) - 1))
        services.append({"variant": variant, "ms": round(cells[0]["medianMicros"] / 1e3, 3), "noise": round(min(0.3, max(0.03, noise)), 3)})
        matrices.append({"variant": variant, "company_a": measured["a"], "company_b": measured["b"], "factors": [round(c["factor"], 3) for c in cells]})
    classes.append({
        "name": name, "source": f"measured: interference/{record}.json, {what}, {measured['machine']['cpu']}",
        "assumed": ["watts (4 W of each of the runs that go at the same time)", "tariff"],
        "processors": [{"id": "cpu", "slots": 4, "idle_w": 3, "active_w": 4, "tariff_per_hour": 0.01}],
        "services": services, "interference": {"matrices": matrices},
    })
cloud = next(c for c in catalogue["classes"] if c["name"] == CLOUD)
classes.append({k: v for k, v in cloud.items() if k != "interference"} | {"services": [s for s in cloud["services"] if s["variant"] in TASKS]})


def dump(value, indent=0):
    """JSON with one line per innermost thing, so that differences can be read"""
    pad, flat = "  " * (indent + 1), json.dumps(value)
    if not isinstance(value, (dict, list)) or len(flat) <= 150:
        return flat
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {dump(v, indent + 1)}" for k, v in value.items()) + "\n" + "  " * indent + "}"
    return "[\n" + ",\n".join(pad + dump(v, indent + 1) for v in value) + "\n" + "  " * indent + "]"


(data / "edge-classes.json").write_text(dump({
    "source": "derived by eng/scenario-data/edge_classes.py from measurements of our own, see SOURCES.md",
    "licence": "Apache-2.0; catalogue.json's own for what is from there",
    "variants": variants, "classes": classes}) + "\n")
