"""Fails when a report's Markdown was broken by what came from the flare: markdown.py REPORT..."""
import re
import sys

CHAPTERS = ["Agent Context", "Memory Stats", "Heap Diff Analysis", "CPU Profile", "Block Profile",
            "Mutex Profile", "Trace-Agent Profiles", "Trace Files", "Goroutine Dump",
            "Running Checks", "Verdict", "Recommendations", "Customer Message",
            "Escalation Summary", "Data Quality"]


def cells(line):
    """The cells of a table's row: a pipe counts unless it is escaped, in code as well."""
    return len(re.split(r"(?<!\\)(?:\\\\)*\|", line.strip())) - 2


def odd_bytes(data):
    for at, byte in enumerate(data):
        if (byte < 0x20 and byte != 0x0A) or byte == 0x7F:
            yield f"control byte {byte:#04x} at {at}: {data[max(0, at - 40):at + 20]!r}"


def odd_characters(text):
    for character in set(text):
        if 0x80 <= ord(character) < 0xA0 or character in "\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067":
            yield f"control character {ord(character):#06x}"


def odd_lines(text):
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
                yield f"line {number} has {cells(line)} cells, not {table}: {line}"
            if not line.rstrip().endswith("|"):
                yield f"line {number} is no whole row: {line}"
        else:
            table = None
        if line.startswith("#"):
            headings.append(line)
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", re.sub(r"\\.", "", line))
        if re.search(r"<[a-zA-Z/!?]", outside):
            yield f"line {number} opens HTML: {line}"
        if re.search(r"\]\(|\]\[|!\[", outside):
            yield f"line {number} has a link: {line}"
    if fence:
        yield "a fence is not closed"
    chapters = [h for h in headings if h.startswith("## ") and not h.startswith("## Profiles of ")]
    if chapters != ["## " + name for name in CHAPTERS]:
        yield f"the chapters are {chapters}"
    if sum(h.startswith("# ") for h in headings) != 1:
        yield f"there is not one title: {headings}"


def problems_of(data):
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [f"no UTF-8: {error}"]
    return [*odd_bytes(data), *odd_characters(text), *odd_lines(text)]


wrong = 0
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        found = problems_of(file.read())
    for problem in found[:20]:
        print(f"{path}: {problem}")
    wrong += len(found)
sys.exit(wrong > 0)
