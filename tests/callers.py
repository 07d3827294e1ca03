"""Asks pprof who calls the libraries' functions of a flare's tables: callers.py FLARE-DIRECTORY.
Each function is asked for by itself, with only the Agent's shown beside it, by the commands of
the report. The model is model.json, made with enough rows."""
import json
import os
import re
import shlex
import subprocess
import sys

AGENT = r"^github\.com/DataDog/datadog-agent/(comp|pkg|internal)/"
EDGE = re.compile(r"^ *(-?\d+)\S* +\S+ \|   (.*?)(?: \((?:partial-)?inline\))?$")
SELF = re.compile(r"^ *\S+ +\S+ +\S+ +(-?\d+)\S* +\S+ +\| ")

with open("model.json", encoding="utf-8") as file:
    model = json.load(file)


def largest_caller(command, function):
    """Of the Agent's functions above it, and its share; None where there is none."""
    quoted = "^" + re.escape(function).replace(r"\ ", ".").replace(r"\-", "-").replace(r"\/", "/") + "$"
    words = shlex.split(command)
    words = [word for word in words if not re.match("-(top|hide|show)", word)]
    words[3:3] = ["-peek=" + quoted, "-show=" + AGENT + "|" + quoted, "-unit=nanosecond"]
    words = [word.replace("-diff_base=", "-base=") for word in words]
    done = subprocess.run(words, cwd=sys.argv[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    callers = []
    for line in done.stdout.splitlines():
        if SELF.match(line):
            cum = int(SELF.match(line).group(1))
            break
        if EDGE.match(line):
            callers.append((int(EDGE.match(line).group(1)), EDGE.match(line).group(2)))
    else:
        return None
    sign = -1 if cum < 0 else 1
    best = max(callers, key=lambda caller: sign * caller[0], default=(0, None))
    if sign * best[0] <= 0:
        return None
    return best[1], 100 * abs(best[0]) / max(abs(cum), sum(abs(value) for value, _ in callers))


problems, libraries, known = [], 0, 0
for process in model["processes"]:
    for part, command, tables in (
            ("heap", "judged_command", ("growth_rows", "shrinkage_rows", "object_rows")),
            ("heap", "allocated_command", ("allocated_rows",)),
            ("heap", "current_command", ("current_rows",)),
            ("cpu", "command", ("rows", "cumulative_rows")),
            ("block", "command", ("rows",)), ("mutex", "command", ("rows",))):
        for row in [row for table in tables for row in process[part][table]]:
            name, owner = row["function"], row["agent_function"]
            if name.startswith("github.com/DataDog/datadog-agent/"):
                if owner != name or row["agent_percent"] != 100 or row["library"] is not None:
                    problems.append(f"{name}: {row}")
                continue
            libraries += 1
            found = largest_caller(process[part][command], name)
            known += owner is not None
            # Where another function of the tables is in between, the share is only likely.
            if (found is None) != (owner is None):
                problems.append(f"{name}: {owner}, by pprof {found}")
            elif found is not None and found[1] >= 90 and (
                    owner != found[0] or row["agent_percent"] < 50):
                problems.append(f"{name}: {owner} {row['agent_percent']}, by pprof {found}")
print("\n".join(problems))
print(f"{libraries} functions of libraries, of {known} somebody is above")
sys.exit(bool(problems) or libraries == 0)
