#!/usr/bin/env python3
"""Reads what `streamsched export --format npz` wrote, as the Open Bandit Pipeline takes it, and estimates what one action would have been worth.

Needs numpy and nothing else. `feedback` is what obp's OffPolicyEvaluation takes as bandit_feedback.

    samples/python/rounds.py --action fashion-s@near rounds/rounds/*.npz
"""
import argparse, json, sys
import numpy


def read(files):
    """One BanditFeedback of all files: rounds after rounds, over the actions that all of them share."""
    parts = [numpy.load(file) for file in sorted(files)]
    rows = ("context", "action", "position", "reward", "pscore", "pi_b")
    feedback = {key: numpy.concatenate([part[key] for part in parts]) for key in rows}
    return feedback | {"n_rounds": len(feedback["action"]), "n_actions": int(parts[0]["n_actions"]), "action_context": parts[0]["action_context"]}, {
        key: list(parts[0][key]) for key in ("action_names", "context_names")}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--action", help="take this one wherever it is open, and what was taken where it is not; without it: the actions")
    p.add_argument("files", nargs="+", help="files of one export")
    a = p.parse_args()
    feedback, names = read(a.files)
    if a.action not in names["action_names"]: sys.exit(f"--action: one of {', '.join(names['action_names'])}")
    wanted = names["action_names"].index(a.action)
    is_open = feedback["context"][:, names["context_names"].index(f"{a.action}.candidates")] > 0

    # The policy to be judged, as obp calls it: [rounds, actions, 1]. Where the action is not open it does what was done.
    action_dist = numpy.where(is_open[:, None, None], numpy.eye(feedback["n_actions"])[wanted][None, :, None], feedback["pi_b"])
    weight = action_dist[numpy.arange(feedback["n_rounds"]), feedback["action"], 0] / feedback["pscore"]
    json.dump({
        "rounds": feedback["n_rounds"], "actions": {name: int(n) for name, n in zip(
            names["action_names"], numpy.bincount(feedback["action"], minlength=feedback["n_actions"]))},
        "logged": feedback["reward"].mean(), "ips": (weight * feedback["reward"]).mean(), "snips": (weight * feedback["reward"]).sum() / weight.sum(),
        "meanWeight": weight.mean(), "effectiveSampleSize": weight.sum() ** 2 / (weight ** 2).sum(),
        "worstSum": float(abs(feedback["pi_b"].sum(axis=(1, 2)) - 1).max()),
    }, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
