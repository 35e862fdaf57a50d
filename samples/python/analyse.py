#!/usr/bin/env python3
"""Reads what `streamsched export --format avro` wrote, and estimates what another rule would have been worth.

The rule: always the most accurate candidate that is feasible. Change `wanted` for another one. Needs Debian's python3-avro
(or pip's avro) and nothing else.

    samples/python/analyse.py records/experience/*.avro
"""
import json, sys
from avro.datafile import DataFileReader
from avro.io import DatumReader

# Columns of a candidate in a full record of layout 4; docs/analysis.md has them all.
ACCURACY, FEASIBLE = 7, 11


def wanted(full):
    """Index of the candidate that the rule would take; None: nothing is feasible."""
    rows = [full["features"][i:i + full["fields"]] for i in range(0, len(full["features"]), full["fields"])]
    feasible = [i for i, row in enumerate(rows) if row[FEASIBLE] != 0]
    return max(feasible, key=lambda i: rows[i][ACCURACY], default=None)


def records(files):
    for file in files:
        with open(file, "rb") as f:
            yield from DataFileReader(f, DatumReader())


def main(files):
    # Of a decision that feedback corrected, the latest revision says what it was worth; the first says what was seen.
    worth, first, revision = {}, {}, {}
    for record in records(files):
        key = str(record["id"])
        if record["joinState"] != "REVISED": first[key] = record
        if record["revision"] >= revision.get(key, -1): worth[key], revision[key] = record["utility"], record["revision"]

    # Each full decision stands for 1 / sampleRate of them, and the rule's choice for 1 / propensity of those.
    rates = weights = squares = gained = logged = 0.0
    full = 0
    for key, record in first.items():
        if record["full"] is None or not record["sampleRate"]: continue
        rate = 1 / record["sampleRate"]
        choice = wanted(record["full"])
        chosen = -1 if choice is None else choice
        weight = rate / record["propensity"] if chosen == record["full"]["chosen"] else 0.0
        full += 1
        rates += rate
        weights += weight
        squares += weight * weight
        gained += weight * worth[key]
        logged += rate * worth[key]
    json.dump({
        "decisions": len(first), "full": full, "logged": logged / rates if rates else None, "effectiveSampleSize": weights ** 2 / squares if squares else 0,
        "ips": gained / rates if rates else None, "snips": gained / weights if weights else None, "meanWeight": weights / rates if rates else None,
    }, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 2: sys.exit(__doc__)
    main(sys.argv[1:])
