"""What tests/docs.bats asks of the documents: docs.py ROOT COMMAND [ARGUMENT...].

The documents are Markdown. A block that is fenced as sh is a command, and so is code in the text that begins
with a program of ours. A line <!-- sample: COMMAND --> says that what follows it is printed by that: a fenced
block, or a quotation. Where a sample breaks its lines is its own matter; [...] stands for what is left out.
"""
import glob
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1]).resolve()
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]

# Commands that are in the documents and are not run, and why not.
NOT_HERE = {
    "scripts/test": "runs these tests",
    "make check": "runs these tests",
    "scripts/install-deps --test": "installs what these tests need",
    "make -j2 asan": "has built what these tests test",
    "make lint": "scripts/test runs it",
    "scripts/check-includes": "make lint runs it",
    "make bless": "tests/golden.bats runs scripts/bless",
    "scripts/fuzz": "is told for how long; scripts/test runs it",
    "scripts/fuzz 60": "takes a minute for each reader",
    "scripts/fuzz 60 status": "takes a minute",
    "scripts/bench": "takes minutes; tests/bench.bats runs it",
    "scripts/make-hostile": "is told where to; tests/hostile.bats runs it",
    "scripts/make-hostile build/hostile": "takes ten seconds; tests/hostile.bats runs it",
    "scripts/bench --runs 1 fixtures/flares/leak": "takes seconds; tests/bench.bats runs it",
    "scripts/make-fixtures": "takes minutes, and a machine that is left alone",
    "scripts/make-fixtures leak": "takes a while, and a machine that is left alone",
    "make deb": "takes long; tests/package.bats runs it",
    "scripts/test-deb": "needs root, another Debian, and minutes",
}

# The exit status of commands, where that is not 0.
PARALLEL = """printf '%s\\n' "$PWD"/flares/*/ | \
parallel -n 50 'mkdir -p out/{#} && cd out/{#} && flareprof -q --json models.jsonl {}'"""
STATUSES = {
    "flareprof flares/*/ --json models.jsonl": 1,  # one of them is no flare
    PARALLEL: 1,  # the same
    "diff before.md after.md": 1,  # they differ
}

# Code in the texts that looks like an option, and is not flareprof's.
FOREIGN = {
    "-M -B": "datadog-agent flare",
    "--profile 60 -M -B": "datadog-agent flare",
    "-S host1,host2 --workdir .": "parallel",
    "--list": "scripts/make-fixtures",
    "-2": "a part of a file's name",
    "-3": "a part of a file's name",
}
FILE = re.compile(r"(?!\.)[\w.{}*~/-]*(/[\w.{}*~-]*|\.(c|h|md|md~|json|jsonl|mustache|log|bats|py|png|css|js|html))")
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
OURS = re.compile(r"(flareprof|make|bats|build/\S+)\s\S.*|make|scripts/.*")


def text(name):
    return (ROOT / name).read_text()


class Item:
    """A command, or a sample of what one prints, and where it stands."""

    def __init__(self, document, kind, command, sample=None):
        self.document, self.kind, self.command, self.sample = document, kind, command, sample


def plain(code):
    return " ".join(code.split())


def items(document):
    """What of a document is to be run, in its order."""
    lines, sample, block, prose = text(document).split("\n"), None, None, []

    def flush():
        joined = "\n".join(prose)
        prose.clear()
        return [Item(document, "inline", plain(c)) for c in INLINE.findall(joined) if OURS.fullmatch(plain(c))]

    for line in lines + [""]:
        marked = re.fullmatch(r"<!-- sample: (.*) -->", line)
        if block is not None and line == "```":
            if sample:
                yield Item(document, "sample", sample, "\n".join(block[1:]))
            elif block[0] == "sh":
                yield Item(document, "block", "\n".join(block[1:]))
            else:
                sys.exit(f"{document}: a block that is neither sh nor a sample: {block}")
            block = sample = None
        elif block is not None:
            block.append(line)
        elif marked:
            yield from flush()
            sample, quoted = marked[1], []
        elif line.startswith("```"):
            yield from flush()
            block = [line[3:]]
        elif sample and line.startswith(">"):
            quoted.append(line[1:])
        elif sample and quoted:
            yield Item(document, "sample", sample, "\n".join(quoted))
            sample = None
        else:
            prose.append(line)
    if sample or block:
        sys.exit(f"{document}: a sample or a block has no end")
    yield from flush()


def all_items():
    return [item for document in DOCUMENTS for item in items(document)]


def lines_of(block):
    """The commands of a block without their remarks."""
    return [re.sub(r"\s+#\s.*", "", line).strip() for line in block.split("\n")]


def runnable(block):
    lines = [line for line, bare in zip(block.split("\n"), lines_of(block)) if bare not in NOT_HERE]
    return "\n".join(f"{line} && exit 99 || [ $? -eq {STATUSES[line]} ]" if line in STATUSES else line
                     for line in lines).strip()


def alike(printed):
    """A text without its line breaks, and without which Go and which day it was."""
    printed = re.sub(r"\bgo1\.\d+(\.\d+)?\b", "GO", printed)
    printed = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", printed)
    return " ".join(printed.split())


def missing_part(sample, printed):
    """The part of a sample that is not in what was printed, after the parts before it; or None."""
    at, printed = 0, alike(printed)
    for part in sample.split("[...]"):
        found = printed.find(alike(part), at)
        if found < 0:
            return part
        at = found + len(alike(part))
    return None


def shell(command, place):
    return subprocess.run(["bash", "-euc", command], cwd=place, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def wrong_with(item, place):
    command = runnable(item.command) if item.kind == "block" else item.command
    if command in NOT_HERE or command == "":
        return None
    run = shell(command, place)
    if item.kind == "sample":
        part = missing_part(item.sample, run.stdout)
        return part and f"it does not print\n{part}\n--- but\n{run.stdout}{run.stderr}"
    return None if run.returncode == 0 else f"status {run.returncode}\n{run.stdout}{run.stderr}"


def run(place):
    """Runs what is to be run, and tells what does not do what it should."""
    failed = 0
    for item in all_items():
        problem = wrong_with(item, place)
        if problem:
            failed = 1
            print(f"{item.document}: {item.kind}: {item.command}\n{problem}")
    sys.exit(failed)


def target_exists(target):
    return re.search(rf"^{re.escape(target)}:", text("Makefile"), re.M) is not None


def listed():
    """Each exception is needed, and what it names is there."""
    said = {c for item in all_items() for c in lines_of(item.command)}
    said |= {c for document in DOCUMENTS for c in map(plain, INLINE.findall(text(document)))}
    for name in list(NOT_HERE) + list(STATUSES) + list(FOREIGN):
        assert name in said, f"is in no document: {name}"
    for command in set(NOT_HERE):
        program, *arguments = command.split()
        if program == "make":
            assert target_exists(arguments[-1]), f"the Makefile has no {arguments[-1]}"
        else:
            assert os.access(ROOT / program, os.X_OK), f"is no program: {program}"


def inline():
    """Code in the texts that is no command and no sample."""
    for document in DOCUMENTS:
        prose = re.sub(r"<!-- sample: .*?-->\n>.*?\n\n", "", text(document), flags=re.S)
        prose = re.sub(r"^```.*?^```", "", prose, flags=re.S | re.M)
        for code in map(plain, INLINE.findall(prose)):
            yield document, code


def is_file(code, place):
    pattern = re.sub(r"\{\w+\}|NAME", "*", code)
    if pattern.startswith("~/"):
        return (place / "home" / pattern[2:]).exists()
    places = [ROOT, ROOT / "src", ROOT / "templates", ROOT / "skills/flare-profiling-analysis", place / "tree",
              ROOT / "fixtures/flares/*", ROOT / "fixtures/flares/*/*"]
    return any(glob.glob(str(base / pattern)) for base in places)


def sources():
    names = [n for d in ("src", "scripts", "templates", "skills") for n in (ROOT / d).rglob("*") if n.is_file()]
    return "\n".join(n.read_text(errors="replace") for n in names + [ROOT / "Makefile"])


def usage_of(program):
    return subprocess.run([program, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout


def names(program, place):
    """Files, options, templates' tags, environment variables and keys that the documents name are there."""
    known, place, wrong = sources(), pathlib.Path(place), []
    known_options = re.findall(r"(?<![\w-])-[\w-]+", usage_of(program))
    for document, code in inline():
        if OURS.fullmatch(code) or code in FOREIGN:
            continue
        if code.startswith("-"):
            found = all(option in known_options for option in re.findall(r"(?<![\w-])-[\w-]+", code))
        elif FILE.fullmatch(code):
            found = is_file(code, place)
        elif re.fullmatch(r"\{\{[^.].*\}\}|[A-Z][A-Z0-9_]{3,}|[a-z]+(_[a-z0-9]+)+", code):
            found = re.search(rf"(?<!\w){re.escape(code)}(?!\w)", known) or f"_is_{code}" in known
            found = found or re.search(rf"\b{code.replace('_human', '')}_(seconds|bytes|ns)\b", known)
        else:
            found = True
        if not found:
            wrong.append(f"{document}: there is no {code}")
    assert not wrong, "\n".join(wrong)


def links():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", text(document)):
            if not re.match("https?:", target):
                assert (ROOT / target).is_file(), f"{document}: there is no {target}"


def options_in(lines):
    """Options with the names of their arguments: {"--top": "N", "-n": ""}."""
    found = {}
    for line in lines:
        for option, argument in re.findall(r"(?<![\w-])(--?[A-Za-z][a-z-]*)(?: ([A-Z]+)\b)?", line):
            found[option] = argument
    return found


def options(program):
    table = re.search(r"^## Options\n(.*?)^## ", text("README.md"), re.S | re.M)[1]
    there = options_in(re.split(r"\s{2,}(?=[^-])", line.strip(), maxsplit=1)[0]
                       for line in usage_of(program).split("\n") if re.match(r" {2,6}-", line))
    here = options_in(line.split(" | ")[0] for line in table.split("\n") if line.startswith("| `-"))
    assert here == there, f"only in README or --help: {sorted(set(here.items()) ^ set(there.items()))}"


def modules():
    """The table of CONTRIBUTING.md has every module."""
    rows = re.findall(r"^\| (`.*?) \|", text("CONTRIBUTING.md").partition("\n## Test\n")[0], re.M)
    named = [n for row in rows for n in INLINE.findall(row)]
    there = {path.stem for path in (ROOT / "src").glob("*.c")}
    covered = set()
    for name in named:
        matches = {m for m in there if re.fullmatch(name.replace("*", r"\w+"), m)}
        assert matches and not matches & covered, f"no module, or twice: {name}"
        covered |= matches
    assert covered == there, f"not in the table: {sorted(there - covered)}"


def longest():
    count = len(text("CONTRIBUTING.md").splitlines())
    assert count <= 120, f"CONTRIBUTING.md has {count} lines: that is more than a page"


try:
    globals()[sys.argv[2]](*sys.argv[3:])
except AssertionError as problem:
    sys.exit(str(problem))
