#!/usr/bin/python3
"""Publishes frames of an idx file, or PNG and JPEG files as they are, at a rate, reads the results, prints how they came out."""
import argparse
import collections
import gzip
import json
import pathlib
import struct
import sys
import time

from confluent_kafka import KafkaException

from streamsched_client import Client


def read_idx(path):
    """Dimensions and values of an idx file of unsigned bytes, with or without gzip."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    zero, kind, rank = struct.unpack_from(">HBB", data)
    if zero != 0 or kind != 8 or rank == 0:
        sys.exit(path + " is no idx file of unsigned bytes")
    shape = struct.unpack_from(f">{rank}i", data, 4)
    values = data[4 + 4 * rank:]
    size = 1
    for dimension in shape:
        size *= dimension
    if len(values) != size:
        sys.exit(f"{path} holds {len(values)} bytes of the {size} that its header claims")
    return shape, values


def read_frames(path):
    """Frames as (bytes, encoding, shape), from an idx file, an image file or a folder of image files."""
    encodings = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
    path = pathlib.Path(path)
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in encodings) if path.is_dir() else [path]
    if not files:
        sys.exit(f"{path} holds no PNG or JPEG files")
    if files[0].suffix.lower() in encodings:
        # The worker decodes them; what they measure stands in the files.
        return [(file.read_bytes(), encodings[file.suffix.lower()], ()) for file in files]
    shape, pixels = read_idx(files[0])
    size = len(pixels) // shape[0]
    return [(pixels[i * size:(i + 1) * size], "GREY8", (1,) + tuple(shape[1:])) for i in range(shape[0])]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--prefix", default="streamsched.")
    parser.add_argument("--device", default="python-1")
    parser.add_argument("--task", required=True)
    parser.add_argument("--images", required=True, help="an idx file, a PNG or JPEG file, or a folder of such files")
    parser.add_argument("--labels")
    parser.add_argument("--count", type=int, help="how many frames; default: each once")
    parser.add_argument("--rate", type=float, default=50.0, help="frames per second")
    parser.add_argument("--deadline-ms", type=float, default=1000.0)
    parser.add_argument("--min-accuracy", type=float)
    parser.add_argument("--feedback", action="store_true", help="tells the installation when answers came and, with --labels, the true classes")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    frames = read_frames(arguments.images)
    labels = read_idx(arguments.labels)[1] if arguments.labels else None
    count = arguments.count or len(frames)
    frame_of, statuses, latencies = {}, collections.Counter(), []
    right = judged = on_time = 0

    with Client(arguments.bootstrap, arguments.prefix) as client:
        began, sent = time.monotonic(), 0
        while sent < count or client.outstanding:
            while sent < count and time.monotonic() - began >= sent / arguments.rate:
                index = sent % len(frames)
                frame, encoding, shape = frames[index]
                request = client.send(
                    arguments.device, arguments.task, frame, encoding, shape, arguments.deadline_ms / 1000, arguments.min_accuracy)
                frame_of[request] = index
                sent += 1
            for answer in client.answers(0.005):
                statuses[answer.status + (" " + answer.reason if answer.reason else "")] += 1
                index = frame_of.pop(answer.request["id"])
                if arguments.feedback:
                    client.feedback(answer, None if labels is None else labels[index])
                if answer.status == "OK":
                    latencies.append(answer.latency_s)
                    on_time += answer.on_time
                    if labels is not None:
                        judged += 1
                        right += answer.label == labels[index]
        duplicates = client.duplicates

    latencies.sort()
    percentile = lambda share: round(latencies[min(len(latencies) - 1, int(share * len(latencies)))] * 1000, 1) if latencies else None
    report = {
        "sent": count, "statuses": dict(statuses), "onTime": on_time, "duplicates": duplicates, "accuracy": right / judged if judged else None,
        "latencyMs": {"p50": percentile(0.5), "p95": percentile(0.95), "p99": percentile(0.99)},
    }
    if arguments.json:
        print(json.dumps(report))
    else:
        print(f"sent {count}: " + ", ".join(f"{status} {number}" for status, number in statuses.most_common()))
        print(f"in time {on_time}, accuracy {report['accuracy']}, duplicates {duplicates}, latency in ms {report['latencyMs']}")
    return 1 if statuses["NO ANSWER"] or any(status.startswith("NOT SENT") for status in statuses) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, KafkaException) as problem:
        sys.exit(f"send_frames: {problem}")
