#!/usr/bin/python3
"""Makes docs/demo.svg from a real run of the demo: plays it in tmux, takes the screen at a given second, and draws it.

usage: eng/demo-picture.py [--at 22] [--policy neural]    (needs tmux)
"""
import argparse, html, pathlib, re, subprocess, time

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLOURS = {0: "#16181d", 1: "#e06c75", 2: "#98c379", 3: "#e5c07b", 4: "#61afef", 5: "#c678dd", 6: "#56b6c2", 7: "#c8ccd4",
           8: "#6b717d", 9: "#e06c75", 10: "#98c379", 11: "#e5c07b", 12: "#61afef", 13: "#c678dd", 14: "#4fd6d6", 15: "#ffffff"}
WIDTH, HEIGHT, CELL, LINE, SIZE = 120, 48, 7.8, 17, 13


def style(codes, now):
    now = dict(now)
    codes = [int(c or 0) for c in codes.split(";")]
    i = 0
    while i < len(codes):
        c = codes[i]
        if c == 0: now = {"colour": COLOURS[7], "bold": False}
        elif c == 1: now["bold"] = True
        elif c == 22: now["bold"] = False
        elif 30 <= c <= 37: now["colour"] = COLOURS[c - 30]
        elif 90 <= c <= 97: now["colour"] = COLOURS[c - 82]
        elif c == 39: now["colour"] = COLOURS[7]
        elif c == 38 and codes[i + 1] == 5: now["colour"] = COLOURS.get(codes[i + 2], COLOURS[7]); i += 2
        elif c == 38 and codes[i + 1] == 2: now["colour"] = "#%02x%02x%02x" % tuple(codes[i + 2:i + 5]); i += 4
        i += 1
    return now


def draw(screen):
    lines = screen.rstrip("\n").split("\n")
    lines = lines[next((i for i, line in enumerate(lines) if "policy" in line and "──" in line), 0):]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * CELL + 24:.0f}" height="{len(lines) * LINE + 24}" role="img" '
           f'font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="{SIZE}">', '<title>streamsched demo</title>',
           f'<rect width="100%" height="100%" rx="8" fill="{COLOURS[0]}"/>']
    for y, line in enumerate(lines):
        now, x = {"colour": COLOURS[7], "bold": False}, 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
            if code: now = style(code.group(1), now)
            elif part:
                if part.strip():
                    weight = ' font-weight="bold"' if now["bold"] else ""
                    out.append(f'<text x="{12 + x * CELL:.1f}" y="{12 + (y + 0.8) * LINE:.1f}" textLength="{len(part) * CELL:.1f}" xml:space="preserve" '
                               f'fill="{now["colour"]}"{weight}>{html.escape(part)}</text>')
                x += len(part)
    return "\n".join(out + ["</svg>", ""])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--at", type=float, default=22)
    p.add_argument("--policy", default="neural")
    a = p.parse_args()
    tmux = ["tmux", "-L", "streamsched-picture"]
    subprocess.run(tmux + ["new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), f"{ROOT}/streamsched demo --policy {a.policy}"], check=True)
    try:
        began = None
        while True:
            screen = subprocess.run(tmux + ["capture-pane", "-p", "-e"], check=True, capture_output=True, text=True).stdout
            if began is None and "answers/s" in screen: began = time.time()
            if began is not None and time.time() - began >= a.at: break
            time.sleep(0.2)
    finally:
        subprocess.run(tmux + ["kill-session"], check=False)
    (ROOT / "docs/demo.svg").write_text(draw(screen))


if __name__ == "__main__":
    main()
