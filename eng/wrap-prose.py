#!/usr/bin/env python3
"""Wraps the prose of Markdown files at 118 columns: eng/wrap-prose.py FILE …

Tables, code, headings and pictures stay as they are. A code span and the target of a link are never broken, since tests look for commands in one line.
A file that is wrapped already stays as it is, byte for byte.
"""
import re
import sys

COLUMNS = 118
ITEM = re.compile(r"^(\s*)([-*]|\d+\.) +(.*)$")
# At the begin of a line these would be a list, a heading or a table.
NEVER_FIRST = re.compile(r"^(\d+[.)]|[-+*]|#+|>|=+|\|.*|~~~|---.*)$")


def words(text):
    """Splits at spaces, but not within code spans and targets of links."""
    found, word, i = [], "", 0
    while i < len(text):
        if text[i] == "`":
            ticks = re.match("`+", text[i:]).group()
            end = text.find(ticks, i + len(ticks))
            stop = end + len(ticks) if end >= 0 else i + len(ticks)
            word, i = word + re.sub(r"\s+", " ", text[i:stop]), stop
        elif text.startswith("](", i) and text.find(")", i) >= 0:
            stop = text.find(")", i) + 1
            word, i = word + text[i:stop], stop
        elif text[i].isspace():
            if word:
                found.append(word)
            word, i = "", i + 1
        else:
            word, i = word + text[i], i + 1
    if word:
        found.append(word)
    joined = []
    for word in found:
        if joined and NEVER_FIRST.match(word):
            joined[-1] += " " + word
        else:
            joined.append(word)
    return joined


def fill(text, first="", rest=""):
    lines, line, empty = [], first, True
    for word in words(text):
        longer = line + ("" if empty else " ") + word
        if not empty and len(longer) > COLUMNS:
            lines.append(line)
            longer = rest + word
        line, empty = longer, False
    return lines + [line]


def is_prose(line):
    return line.strip() and not line.startswith(("|", "#", "```", "![", "<"))


def wrap(text):
    out, lines, i, after_blank = [], text.split("\n"), 0, True
    while i < len(lines):
        line, start = lines[i], i
        if line.lstrip().startswith("```"):
            i += 1
            while not lines[i].lstrip().startswith("```"):
                i += 1
            i += 1
            out += lines[start:i]
        elif not is_prose(line) or (line.startswith("    ") and after_blank):
            i += 1
            while line.startswith("    ") and i < len(lines) and lines[i].startswith("    "):
                i += 1
            out += lines[start:i]
        else:
            item = ITEM.match(line)
            indent, mark, body = item.groups() if item else ("", "", line.strip())
            i += 1
            while i < len(lines) and is_prose(lines[i]) and not ITEM.match(lines[i]):
                body, i = body + " " + lines[i].strip(), i + 1
            first = indent + mark + " " if item else ""
            out += fill(body, first, " " * len(first))
        after_blank = not line.strip()
    return "\n".join(out)


for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        before = file.read()
    after = wrap(before)
    if after != before:
        with open(name, "w", encoding="utf-8") as file:
            file.write(after)
        print(name)
