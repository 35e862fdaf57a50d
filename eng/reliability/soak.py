#!/usr/bin/python3
"""A million frames through one scheduler and one worker: memory, handles and threads of both, sampled while it runs.

Starts a one-node Apache Kafka from KAFKA_HOME on loopback. Needs Java 17, and Debian's python3-confluent-kafka.

    eng/reliability/soak.py --frames 1000000 --rate 2500 --svg docs/soak.svg

Exit status 0: every frame was answered, and in the second half of the run neither process grew by more than a tenth (memory), ten (handles) or five (threads).
"""
import argparse, json, os, pathlib, shutil, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, need


def svg(samples, frames):
    """Resident memory of both over time, as a small picture."""
    width, height, left, bottom = 720, 300, 60, 40
    last, top = samples[-1]["seconds"], max(max(s[n][0] for n in ("scheduler", "worker")) for s in samples) / 1024 * 1.15
    x = lambda t: left + (width - left - 20) * t / last
    y = lambda mib: height - bottom - (height - bottom - 30) * mib / top
    line = lambda name, colour: '<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>' % (
        colour, " ".join(f"{x(s['seconds']):.1f},{y(s[name][0] / 1024):.1f}" for s in samples))
    marks = "".join(f'<text x="{left - 6}" y="{y(top * i / 4) + 4:.0f}" text-anchor="end">{top * i / 4:.0f}</text>'
                    f'<line x1="{left}" x2="{width - 20}" y1="{y(top * i / 4):.0f}" y2="{y(top * i / 4):.0f}" stroke="#ddd"/>' for i in range(5))
    times = "".join(f'<text x="{x(last * i / 4):.0f}" y="{height - bottom + 18}" text-anchor="middle">{last * i / 4:.0f} s</text>' for i in range(5))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            '<rect width="100%" height="100%" fill="#fff"/>'
            f'<text x="{left}" y="18">resident memory, MiB, while {frames:,} frames pass: '
            '<tspan fill="#1f77b4">scheduler</tspan>, <tspan fill="#d62728">worker</tspan></text>'
            f'{marks}{times}{line("scheduler", "#1f77b4")}{line("worker", "#d62728")}</svg>\n')


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--frames", type=int, default=1_000_000)
    p.add_argument("--rate", type=float, default=2500, help="frames per second")
    p.add_argument("--json", help="writes figures and samples to this file")
    p.add_argument("--svg", help="writes the curve to this file")
    a = p.parse_args()
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-soak-"))
    nodes, bootstrap = brokers(folder, home, 1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    scheduler = Process("scheduler", [PROGRAM, "scheduler", "--id", "scheduler-1"], folder, env)
    worker = Process("worker", [PROGRAM, "worker", "--id", "worker-1", "--site", "plant", "--models", ROOT / "models", "--variants", "digits-xs"], folder, env)
    devices = Process("devices", [PROGRAM, "device", "--id", "load", "--task", "digits", "--site", "plant",
                                  "--frames", ROOT / "models/frames/digits-599-images-idx3-ubyte.gz",
                                  "--devices", "10", "--rate", str(a.rate / 10), "--count", str(a.frames // 10), "--deadline", "2s", "--json"], folder, env)
    samples = []
    try:
        nodes[0].start()
        create_topics(env, 1)
        scheduler.start()
        worker.start()
        time.sleep(10)
        devices.start()
        began = time.time()
        while devices.is_alive:
            time.sleep(2)
            samples.append({"seconds": round(time.time() - began, 1), "scheduler": scheduler.sample(), "worker": worker.sample()})
            if len(samples) % 15 == 0: print(samples[-1], file=sys.stderr, flush=True)
        seconds = time.time() - began
    finally:
        for process in (devices, scheduler, worker, *nodes): process.stop()
        text = (folder / "devices.log").read_text()
        shutil.rmtree(folder, ignore_errors=True)
    try: report = json.loads(text[text.index("{"):])
    except ValueError: sys.exit("the devices gave no report: " + text[-2000:])
    half = [s for s in samples if s["seconds"] >= seconds / 2]
    third = len(half) // 3
    mean = lambda part, name, i: sum(s[name][i] for s in part) / len(part)
    grown = {name: {what: round(mean(half[-third:], name, i) - mean(half[:third], name, i), 1) for i, what in enumerate(("kib", "handles", "threads"))}
             for name in ("scheduler", "worker")}
    flat = all(grown[n]["kib"] < 0.1 * mean(half, n, 0) and grown[n]["handles"] < 10 and grown[n]["threads"] < 5 for n in grown)
    figures = {"frames": a.frames, "rate": a.rate, "seconds": round(seconds), "devices": report, "grown_in_second_half": grown, "flat": flat,
               "at": {f"{q} %": samples[min(len(samples) - 1, len(samples) * q // 100)] for q in (5, 25, 50, 75, 100)}}
    print(json.dumps(figures, indent=2))
    if a.json: pathlib.Path(a.json).write_text(json.dumps({**figures, "samples": samples}) + "\n")
    if a.svg: pathlib.Path(a.svg).write_text(svg(samples, a.frames))
    return 0 if flat and report["noAnswer"] == report["notSent"] == 0 and report["sent"] == a.frames else 1


if __name__ == "__main__":
    sys.exit(main())
