#!/usr/bin/python3
"""Decisions of a real Kafka, taken again: three versions of policies, two schedulers, every decision in full.

Starts one Apache Kafka from KAFKA_HOME on loopback, two schedulers, three workers that emulate slower devices, and a learner of this checkout, whose roll-out
is frozen. Policies take turns while devices send; then `replay` takes every decision again, and `replay --rebuild` does so in views rebuilt from the topics.

Needs Java 17, and Debian's python3-confluent-kafka.

    eng/reliability/replay.py --seconds 400 --rate 300

Exit status 0: `replay` found as many decisions as were asked for with --least, and none that differs.
"""
import argparse, json, os, pathlib, shutil, subprocess, sys, tempfile, time
from cluster import PROGRAM, ROOT, Process, brokers, create_topics, freeze, need
from twin import WORKERS
from worth import FRAMES


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--policies", nargs="+", default=["neural", "price", "least-loaded"], help="names or files that take turns")
    p.add_argument("--seconds", type=float, default=400, help="how long devices send")
    p.add_argument("--rate", type=float, default=300, help="requests per second; the workers can just answer 250")
    p.add_argument("--turns", type=int, default=2, help="how often each policy serves")
    p.add_argument("--exploration", default="0.05", help="share of random choices")
    p.add_argument("--least", type=int, default=0, help="decisions that must be there")
    p.add_argument("--warm-up", default="1m", help="of the rebuilt views")
    p.add_argument("--keep", help="folder for what the processes printed")
    a = p.parse_args()
    home = need()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamsched-replay-"))
    say = lambda text: print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
    nodes, bootstrap = brokers(folder, home, count=1)
    env = {**os.environ, "STREAMSCHED_KAFKA_BOOTSTRAP": bootstrap}
    schedulers = [Process(f"scheduler-{i}", [PROGRAM, "scheduler", "--id", f"scheduler-{i}", "--policy", a.policies[0], "--full-records", "1",
                                             "--exploration", a.exploration], folder, env) for i in (1, 2)]
    workers = [Process(id_, [PROGRAM, "worker", "--id", id_, "--site", site, "--models", ROOT / "models", "--variants", *variants, "--slowdown", slowdown,
                             "--active-watts", watts, "--idle-watts", "1"], folder, env) for id_, (site, slowdown, variants, watts) in WORKERS.items()]
    learner = Process("learner", [PROGRAM, "learner", "--id", "learner-1", "--policy", a.policies[0]], folder, env)
    cameras = Process("cams", [PROGRAM, "device", "--id", "cams", "--task", "fashion", "--site", "plant", "--frames", FRAMES, "--devices", "20",
                               "--rate", str(a.rate / 20), "--poisson", "--seconds", str(a.seconds), "--deadline", "80ms", "200ms", "500ms", "--feedback",
                               "--json"], folder, env)

    def run(*line):
        done = subprocess.run([PROGRAM, *line], env=env, capture_output=True, text=True, timeout=1800)
        if not done.stdout or line[0] == "policy" and done.returncode: raise SystemExit(done.stdout + done.stderr)
        return done.stdout
    try:
        for node in nodes: node.start()
        create_topics(env, 1)
        for process in (*schedulers, *workers): process.start()
        time.sleep(8)
        learner.start()
        freeze(env)
        cameras.start()
        for turn in range(a.turns):
            for policy in a.policies:
                say(f"{policy} serves")
                run("policy", "use", policy)
                time.sleep(a.seconds / a.turns / len(a.policies))
        while cameras.is_alive: time.sleep(0.5)
        for process in (learner, *schedulers, *workers): process.stop()
        say("replay")
        again = json.loads(run("replay", "--json"))
        say("replay --rebuild")
        rebuilt = json.loads(run("replay", "--rebuild", "--warm-up", a.warm_up, "--json"))
    finally:
        for process in (cameras, learner, *schedulers, *workers, *nodes): process.stop()
        if a.keep:
            pathlib.Path(a.keep).mkdir(parents=True, exist_ok=True)
            for path in folder.glob("*.log"): shutil.copy(path, a.keep)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"kind": "measured", "seconds": a.seconds, "rate": a.rate, "policies": a.policies, "replay": again, "rebuilt": rebuilt}, indent=2))
    return 0 if again["isSame"] and again["same"] >= a.least else 1


if __name__ == "__main__":
    sys.exit(main())
