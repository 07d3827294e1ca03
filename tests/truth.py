"""Compares models with what was planted: truth.py FLARES, with CASE.json in this directory."""
import json
import pathlib
import sys


def differences(truth, model):
    verdict = model["verdict"]
    found = {}
    for finding in verdict["findings"]:
        found.setdefault(finding["process"], []).append(finding["function"])
    if verdict["name"] != truth["verdict"]:
        yield f"is {verdict['name']}, not {truth['verdict']}"
    if sorted(verdict["processes"]) != sorted(truth["processes"]):
        yield f"blames {verdict['processes']}, not {truth['processes']}"
    if sorted(found) != sorted(truth["processes"]):
        yield f"has findings for {sorted(found)}, not {truth['processes']}"
    for process, function in truth["functions"].items():
        if function not in found.get(process, []):
            yield f"{process}: names {found.get(process)}, not {function}"


wrong = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/truth.json")):
    case = path.parent.name
    for difference in differences(json.loads(path.read_text()),
                                  json.loads(pathlib.Path(case + ".json").read_text())):
        print(f"{case}: {difference}")
        wrong += 1
sys.exit(wrong > 0)
