"""Runs flareprof on hostile flares (scripts/make-hostile), and checks what came of it.

    hostile.py each|together PROGRAM CORPUS ROOM [PATTERN]

PATTERN, a regular expression, takes those alone whose path it is found in; without it those that
are heavy are run by themselves only. Prints what was wrong, a line each, and what took most.
ROOM is made, and holds the runs: each has a working directory, a home and a directory for
temporary files of its own.
"""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

MOST_SECONDS = 60
MOST_BYTES = 600 << 20
TOGETHER_SECONDS = 300
AT_A_TIME = 2
SAMPLE_SECONDS = 0.01
TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TESTS)
PAGE = os.sysconf("SC_PAGE_SIZE")
CANARY = b"canary-5e1f7a"


class Process:
    """A process and its descendants, watched until it ends."""

    def __init__(self, command, directory, environment, seconds):
        self.peak_bytes = 0
        with open(os.path.join(directory, "..", "stdout"), "wb") as out, \
                open(os.path.join(directory, "..", "stderr"), "wb") as err:
            self.started = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, start_new_session=True)
        start = time.monotonic()
        self.hung = False
        while True:
            pid, status, usage = os.wait4(self.started.pid, os.WNOHANG)
            if pid != 0:
                break
            self.peak_bytes = max(self.peak_bytes, tree_bytes(self.started.pid))
            if not self.hung and time.monotonic() - start > seconds:
                self.hung = True
                os.killpg(self.started.pid, 9)
            time.sleep(SAMPLE_SECONDS)
        self.seconds = time.monotonic() - start
        self.status = os.waitstatus_to_exitcode(status)
        self.started.returncode = self.status
        # The largest process of all, in case the samples missed it.
        self.peak_bytes = max(self.peak_bytes, usage.ru_maxrss << 10)
        self.left = session_members(self.started.pid)
        for pid in self.left:
            os.kill(pid, 9)


def tree_bytes(pid):
    """The resident memory of a process and its descendants, as of now."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            total = int(file.read().split()[1]) * PAGE
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                total += sum(tree_bytes(int(child)) for child in file.read().split())
        return total
    except (OSError, IndexError):
        return 0  # it has ended meanwhile


def session_members(session):
    members = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, _, _, its_session = file.read().rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            members.append(int(name))
    return members


class Room:
    """Where one run of the program plays, and what it may leave there."""

    def __init__(self, path, cache):
        self.path = path
        for name in ("work", "home", "tmp"):
            os.makedirs(os.path.join(path, name))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": os.path.join(path, "home"),
            "TMPDIR": os.path.join(path, "tmp"), "XDG_CACHE_HOME": cache,
            "FLAREPROF_TEMPLATES": os.path.join(ROOT, "templates"),
            "SOURCE_DATE_EPOCH": "1800000000",
            "ASAN_OPTIONS": "exitcode=99:quarantine_size_mb=8", "UBSAN_OPTIONS": "exitcode=99",
        }
        if "GOCACHE" in os.environ:
            self.environment["GOCACHE"] = os.environ["GOCACHE"]

    def run(self, command, seconds):
        return Process(command, os.path.join(self.path, "work"), self.environment, seconds)

    def read(self, name):
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def leftovers(self, wanted):
        """What is in the room that nobody asked for."""
        allowed = {"work", "home", "tmp", "stdout", "stderr"} | {f"work/{x}" for x in wanted}
        for directory, names, files in os.walk(self.path):
            for name in names + files:
                path = os.path.relpath(os.path.join(directory, name), self.path)
                if path not in allowed:
                    yield f"left {path!r}"


def secrets():
    """What must be in no output: the canaries, and the accounts of this machine."""
    lines = [CANARY]
    for path in ("/etc/passwd", "/etc/shadow"):
        try:
            with open(path, "rb") as file:
                lines += [line.strip() for line in file if len(line) > 12]
        except OSError:
            pass
    return lines


def check_process(process, limit_bytes=MOST_BYTES):
    if process.hung:
        yield "did not end in time"
    elif process.status not in (0, 1):
        yield f"ended with {process.status}"
    if process.peak_bytes > limit_bytes:
        yield f"took {process.peak_bytes >> 20} MiB"
    if process.left:
        yield f"left {len(process.left)} processes"


def check_texts(texts, forbidden):
    """No secret in any text, no control byte in what goes to a terminal."""
    for name, text in texts.items():
        for secret in forbidden:
            if secret in text:
                yield f"{name} holds {secret!r}"
    for name in ("stdout", "stderr"):
        odd = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", texts.get(name, b""))
        if odd:
            yield f"{name} has control byte {odd.group()!r}"


def check_model(line, model):
    name = model["verdict"]["name"]
    if name not in line["verdicts"]:
        yield f"is {name}, wanted {' or '.join(line['verdicts']) or 'no report'}"
    gaps = [f"{gap['what']}: {gap['why']}" for gap in model["gaps"]]
    if line["gap"] is not None and not any(line["gap"] in gap for gap in gaps):
        yield f"has no gap {line['gap']!r}: {gaps}"


def check_refusal(line, complaint):
    if line["verdicts"] and not line["refusable"]:
        yield f"has no report: {complaint[:300]!r}"
    if not complaint.startswith(b"flareprof: ") or len(complaint) > 2000 + len(line["path"]):
        yield f"complains so: {complaint[:300]!r}"


class Trial:
    """One flare by itself."""

    def __init__(self, suite, number, line):
        self.line = line
        self.room = Room(os.path.join(suite.path, str(number)), suite.cache)
        # The path as people give it: a report has no business to know more of it.
        flare = os.path.relpath(os.path.join(suite.corpus, line["path"]),
                                os.path.join(self.room.path, "work"))
        self.process = self.room.run(suite.command + ["-o", "report.md", "--json", "model.json",
                                                      "--html", "page.html", "--", flare],
                                     MOST_SECONDS)
        self.problems = list(self.check(suite))

    def check(self, suite):
        texts = {"stdout": self.room.read("stdout"), "stderr": self.room.read("stderr")}
        yield from check_process(self.process)
        if self.process.status not in (0, 1):
            yield texts["stderr"].decode("utf-8", "replace")[:3000]
        wanted = ("report.md", "model.json", "page.html") if self.process.status == 0 else ()
        yield from self.room.leftovers(wanted)
        for name in wanted:
            texts[name] = self.room.read("work/" + name) or b""
            if not texts[name]:
                yield f"no {name}"
        yield from check_texts(texts, suite.secrets)
        # Where the flare lay is no business of those who read the report.
        for name in wanted:
            for place in (suite.corpus, self.room.path):
                if place.encode() in texts[name]:
                    yield f"{name} holds the path {place!r}"
        if self.process.status == 0 and texts["model.json"]:
            yield from check_model(self.line, json.loads(texts["model.json"]))
        elif self.process.status == 1:
            yield from check_refusal(self.line, texts["stderr"])


class Suite:
    def __init__(self, program, corpus, path, pattern=""):
        self.corpus = os.path.realpath(corpus)
        self.path = os.path.realpath(path)
        os.makedirs(self.path)
        self.cache = os.path.join(self.path, "cache")
        os.mkdir(self.cache)
        self.command = [os.path.abspath(program), "-q", "-j", "2", "--timeout", "10s"]
        self.secrets = secrets()
        self.problems = []
        with open(os.path.join(corpus, "manifest.jsonl"), encoding="utf-8") as file:
            # The heavy ones first, so that none is left over at the end.
            lines = filter(lambda line: re.search(pattern, line["path"]), map(json.loads, file))
            self.lines = sorted(lines, key=lambda line: not line["heavy"])
        self.all = pattern != ""
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            sys.exit("this kernel does not tell of children, whose memory counts as well")
        self.before = self.list_corpus()
        # What Go is there is found once, and not by each run.
        Room(os.path.join(self.path, "warm"), self.cache).run(
            self.command + ["-o", "report.md", os.path.join(self.corpus, "flares", "leak")], 900)

    def list_corpus(self):
        """All that is in the corpus and beside it, as it is."""
        listed = {}
        for directory, names, files in os.walk(os.path.dirname(self.corpus)):
            names[:] = [n for n in names if os.path.join(directory, n) != self.path]
            for name in names + files:
                path = os.path.join(directory, name)
                try:
                    st = os.lstat(path)
                except OSError:
                    continue  # its path is too long, which is what it is there for
                listed[path] = (st.st_mode, st.st_size, st.st_mtime_ns, st.st_ctime_ns)
        return listed

    def check_corpus(self):
        after = self.list_corpus()
        for path in sorted(dict(self.before.items() ^ after.items()))[:20]:
            self.problems.append(f"the corpus, or what is beside it, has changed: {path}")
        odd = [name for name in os.listdir(self.cache) if name != "flareprof"]
        if odd:
            self.problems.append(f"the cache holds {odd}")

    def check_files(self, *command):
        """Other programs' opinion of reports and models."""
        done = subprocess.run([sys.executable, "-I", *command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            self.problems += done.stdout.splitlines()

    def run_each(self):
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            trials = list(pool.map(lambda pair: Trial(self, *pair), enumerate(self.lines)))
        for trial in trials:
            self.problems += [f"{trial.line['path'][:80]} ({trial.room.path}): {problem}"
                              for problem in trial.problems]
        made = [os.path.join(trial.room.path, "work") for trial in trials
                if trial.room.read("work/report.md") and trial.room.read("work/model.json")]
        self.check_files(os.path.join(TESTS, "markdown.py"), *(f"{x}/report.md" for x in made))
        self.check_files(os.path.join(TESTS, "page.py"), *(f"{x}/page.html" for x in made))
        self.check_files(os.path.join(TESTS, "schema.py"),
                         os.path.join(ROOT, "templates", "report.schema.json"),
                         *(f"{x}/model.json" for x in made))
        print(f"# {len(trials)} runs, {sum(t.process.seconds for t in trials):.1f} s")
        for what, key in (("s", lambda t: t.process.seconds),
                          ("MiB", lambda t: t.process.peak_bytes / (1 << 20))):
            for trial in sorted(trials, key=key)[:-6:-1]:
                print(f"# {key(trial):.1f} {what}: {trial.line['path'][:80]}")

    def run_together(self):
        """All flares in one call: each comes to what it comes to by itself."""
        room = Room(os.path.join(self.path, "together"), self.cache)
        work = os.path.join(room.path, "work")
        lines = {os.path.relpath(os.path.join(self.corpus, line["path"]), work): line
                 for line in self.lines if self.all or not line["heavy"]}
        process = room.run(self.command + ["--json", "models", "--", *lines], TOGETHER_SECONDS)
        texts = {"stdout": room.read("stdout"), "stderr": room.read("stderr"),
                 "models": room.read("work/models") or b""}
        self.problems += [*check_process(process), *check_texts(texts, self.secrets)]
        if process.status not in (0, 1):
            self.problems.append(f"{texts['stderr'][:3000]}")
        reports = [f"investigations/{name}"
                   for name in sorted(os.listdir(os.path.join(work, "investigations")))]
        self.problems += room.leftovers(["models", "investigations", *reports])
        for text in texts["models"].splitlines():
            model = json.loads(text)
            path = model["flare"]["path"]
            if path in lines:
                self.problems += [f"{path}: {problem}"
                                  for problem in check_model(lines.pop(path), model)]
            else:
                self.problems.append(f"{path}: is a flare that nobody named")
        if process.status != bool(lines):
            self.problems.append(f"exit status {process.status}, {len(lines)} without a report")
        for line in lines.values():
            if line["verdicts"] and not line["refusable"]:
                self.problems.append(f"{line['path'][:80]}: has no report")
        print(f"# {process.seconds:.1f} s, {process.peak_bytes >> 20} MiB")


def main():
    how, *rest = sys.argv[1:]
    suite = Suite(*rest)
    {"each": suite.run_each, "together": suite.run_together}[how]()
    suite.check_corpus()
    print("\n".join(suite.problems))
    return bool(suite.problems)


if __name__ == "__main__":
    sys.exit(main())
