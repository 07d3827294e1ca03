"""Fails when a report's Markdown was broken by what came from the flare: markdown.py REPORT."""
import re
import sys

text = open(sys.argv[1], "rb").read()
problems = []

for at, byte in enumerate(text):
    if (byte < 0x20 and byte != 0x0A) or byte == 0x7F:
        problems.append(f"control byte {byte:#04x} at {at}: {text[max(0, at - 40):at + 20]!r}")
try:
    text = text.decode()
except UnicodeDecodeError as error:
    sys.exit(f"no UTF-8: {error}")
for character in text:
    if 0x80 <= ord(character) < 0xA0 or character in "\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067":
        problems.append(f"control character {ord(character):#06x}")


def cells(line):
    """The cells of a table's row: a pipe counts unless it is escaped, in code as well."""
    return len(re.split(r"(?<!\\)(?:\\\\)*\|", line.strip())) - 2


headings = []
fence = None
table = None
for number, line in enumerate(text.split("\n"), 1):
    mark = re.match(r" {0,3}(`{3,}|~{3,})(.*)$", line)
    if fence:
        if mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
            fence = None
        continue
    if mark and "`" not in mark[2]:
        fence, table = mark[1], None
        continue
    if line.startswith("|"):
        if table is None:
            table = cells(line)
        elif cells(line) != table:
            problems.append(f"line {number} has {cells(line)} cells, not {table}: {line}")
        if not line.rstrip().endswith("|"):
            problems.append(f"line {number} is no whole row: {line}")
    else:
        table = None
    if line.startswith("#"):
        headings.append(line)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", re.sub(r"\\.", "", line))
    if re.search(r"<[a-zA-Z/!?]", outside):
        problems.append(f"line {number} opens HTML: {line}")
    if re.search(r"\]\(|\]\[|!\[", outside):
        problems.append(f"line {number} has a link: {line}")
if fence:
    problems.append("a fence is not closed")

chapters = [h for h in headings if h.startswith("## ") and not h.startswith("## Profiles of ")]
wanted = ["Agent Context", "Memory Stats", "Heap Diff Analysis", "CPU Profile", "Block Profile",
          "Mutex Profile", "Trace-Agent Profiles", "Trace Files", "Goroutine Dump",
          "Running Checks", "Verdict", "Recommendations", "Customer Message",
          "Escalation Summary", "Data Quality"]
if chapters != ["## " + name for name in wanted]:
    problems.append(f"the chapters are {chapters}")
if sum(h.startswith("# ") for h in headings) != 1:
    problems.append(f"there is not one title: {headings}")

print("\n".join(problems[:20]))
sys.exit(bool(problems))
