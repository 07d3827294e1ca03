"""What tests/evals.bats asks of the skill's evals: evals.py SKILL COMMAND [DIRECTORY]."""
import json
import pathlib
import re
import subprocess
import sys

SKILL = pathlib.Path(sys.argv[1]).resolve()


def text(name):
    return (SKILL / name).read_text()


def chapter(report, title):
    return re.search(rf"^## {title}\n+```+text\n(.*?)\n```", report, re.S | re.M)[1]


def answer(eval_id, directory):
    """What an agent answers that follows the skill to the letter."""
    models = sorted(pathlib.Path(directory).glob("*.json"))
    if not models:
        return {"no-profiles": "flareprof says that there is no profiles/ in the flare. Please ask the customer for\n\n"
                               "    datadog-agent flare <CASE_ID> --profile 60 -M -B\n\n"
                               "taken while the problem is there. Without it I cannot say whether there is a leak.\n",
                "no-go": "flareprof needs Go, which is not installed here:\n\n  sudo apt-get install golang-go\n"
                         "  or https://go.dev/dl/\n\nTell me when it is there, and I run it again.\n",
                "network": "That is a question about the network. I hand over to flare-network-analysis with the flare.\n",
                }[eval_id]
    model = json.loads(models[0].read_text())
    path = next(pathlib.Path(directory).glob("investigations/*.md"))
    report, verdict = path.read_text(), model["verdict"]
    lines = [f"**Verdict: {verdict['name']}** ({', '.join(verdict['processes']) or 'no process'}) - {verdict['summary']}", ""]
    lines += [f"- {f['process']}, {f['confidence']} confidence: {f['reason']}. `{f['function']}` is of {f['component']}, "
              f"{f['team']}" for f in verdict["findings"]]
    lines += [f"- note: {sign['text']}" for sign in model["context"]]
    lines += [f"- {p['name']} could not be judged" for p in model["processes"] if p["verdict"] == "Inconclusive"]
    lines += [f"{n}. {r['action']}: {r['reason']}" for n, r in enumerate(model["recommendations"][:3], 1)]
    lines += ["", "Customer message:", "", "```text", chapter(report, "Customer Message"), "```", ""]
    if verdict["findings"]:
        head = chapter(report, "Escalation Summary").partition("\n---")[0]
        lines += ["Escalation:", "", "```text", head, "```", ""]
    return "\n".join(lines + [f"The report is {path.name}.", ""])


def runs(directory):
    """Each eval has the verdict of its flare's truth.json, and the program says the same."""
    for one in json.loads(text("evals/evals.json"))["evals"]:
        here = pathlib.Path(directory, one["id"])
        wanted = [m[1] for a in one["assertions"] if (m := re.fullmatch('The verdict is "(.*)".', a))]
        said = [json.loads(p.read_text())["verdict"]["name"] for p in here.glob("*.json")]
        assert said == wanted, f"{one['id']}: {said}, not {wanted}"
        assert all((SKILL / f).is_dir() for f in one["files"]), f"{one['id']}: no {one['files']}"
        truths = [json.loads((SKILL / f).parent.joinpath("truth.json").read_text())["verdict"] for f in one["files"]]
        assert not wanted or wanted == truths, f"{one['id']}: {wanted}, not {truths}"
        assert one["prompt"] and one["expected_output"] and len(one["assertions"]) >= 3, one["id"]
        (here / "answer.md").write_text(answer(one["id"], here))


# What is done to a good answer, and the assertion that has to fail for it, and no other.
DOCTORED = [
    ("memory-leak", lambda a: a.replace("**Verdict: Memory Leak**", "**Verdict: CPU Spike**"), "The verdict is"),
    ("memory-leak", lambda a: a + "\nThe verdict should rather be Contention.\n", "The verdict is"),
    ("healthy-busy", lambda a: a + "\nMy own verdict is Memory Leak.\n", "The verdict is"),
    ("cpu-spike", lambda a: a + "\nBesides, the heap of the aggregator is\nleaking.\n", "The verdict is"),
    ("no-gc", lambda a: a.replace("**Verdict: Inconclusive**", "**Verdict: Normal**"), "The verdict is"),
    ("no-go", lambda a: a + "\nVerdict: Memory Leak, by reading the file.\n", "It gives no verdict"),
    ("healthy-busy", lambda a: a + "\nThe aggregator leaks memory.\n", "It claims no leak"),
    ("moving-memory", lambda a: a + "\nConfirmed: a memory leak in the logs sender.\n", "It claims no leak"),
    ("memory-leak", lambda a: a.replace("The heap memory of the Agent grew", "The memory of your Agent grew"),
     "The customer message is quoted"),
    ("memory-leak", lambda a: a.replace("We are looking into this with our engineering team and will come back to you.\n", ""),
     "The customer message is quoted"),
    ("memory-leak", lambda a: a + "\nHello,\n\nit is trackContext: aggregator.(*contextResolver).trackContext\n\nBest regards,\n",
     "The customer message holds"),
    ("memory-leak", lambda a: a + "\nHello,\n\n@DataDog/agent-metric-pipelines look into it.\n\nBest regards,\n",
     "The customer message holds"),
    ("healthy-idle", lambda a: a + "\nHello,\n\nsee /var/log/datadog/agent.log\n\nKind regards\n", "The customer message holds"),
    ("memory-leak", lambda a: a + "\nIt grows by 777.7 MB a minute.\n", "Every figure"),
    ("cpu-spike", lambda a: a + "\nIt uses 93% of it.\n", "Every figure"),
    ("memory-leak", lambda a: a.replace("Symptom:  the heap", "Symptom:  heap"), "The escalation summary"),
    ("trace-leak", lambda a: re.sub(r"The report is .*", "", a), "The escalation summary"),
    ("trace-leak", lambda a: a.replace("(*RawBucket)", "(*Bucket)"), 'It names "github.com'),
    ("memory-leak", lambda a: a.replace("datadog-agent flare 4711 --profile 60 -M -B", "datadog-agent flare 4711"),
     "It gives the command"),
    ("instructions-in-flare", lambda a: "PROFILES-ARE-FINE\n", "The verdict is"),
    ("cpu-spike", lambda a: a.replace("high", "low"), "It names the process"),
    ("partial", lambda a: a.replace("system-probe", "another process"), 'It names the process "system-probe"'),
    ("network", lambda a: "I looked at it and found nothing.\n", "It hands over"),
    ("network", lambda a: "There is no need of flare-network-analysis.\n", "It hands over"),
]


def score(eval_id, path):
    run = subprocess.run([sys.executable, SKILL / "evals/score", "--json", eval_id, path], text=True,
                         stdout=subprocess.PIPE, check=False)
    results = json.loads(run.stdout)["evals"][0]["assertion_results"]
    failed = [r["text"] for r in results if r["passed"] is False]
    assert run.returncode == bool(failed), f"{eval_id}: exit status {run.returncode}"
    assert all(r["passed"] is None for r in results if r["text"].startswith("For a reader")), eval_id
    return failed


def doctored(directory):
    killed = set()
    for eval_id, change, wanted in DOCTORED:
        here = pathlib.Path(directory, eval_id)
        good = (here / "answer.md").read_text()
        bad = change(good)
        assert bad != good, f"{eval_id}: nothing changed for {wanted}"
        (here / "answer.md").write_text(bad)
        failed = score(eval_id, here)
        (here / "answer.md").write_text(good)
        assert any(f.startswith(wanted) for f in failed), f"{eval_id}: {wanted} holds, failed is {failed}"
        killed.add(wanted)
    # What the files show, and not the answer.
    report = next(pathlib.Path(directory, "memory-leak").glob("investigations/*.md"))
    good = report.read_text()
    report.write_text(good.replace("**Verdict: Memory Leak", "**Verdict: Normal"))
    assert score("memory-leak", report.parent.parent)[0].startswith("A report was written")
    report.write_text(good)
    for eval_id in ["no-profiles", "network"]:
        assert "flareprof wrote no report." in score(eval_id, report.parent.parent), eval_id
    killed |= {"A report was written", "flareprof wrote no report"}
    every = {a for e in json.loads(text("evals/evals.json"))["evals"] for a in e["assertions"]}
    missed = [a for a in every if not a.startswith("For a reader: ") and not a.startswith(tuple(killed) + ("It names ",))]
    assert not missed, f"nothing shows that these can fail: {missed}"


def triggers():
    queries = json.loads(text("evals/triggers.json"))
    assert len({q["query"] for q in queries}) == len(queries)
    for should in True, False:
        assert 8 <= sum(q["should_trigger"] is should for q in queries) <= 10


try:
    globals()[sys.argv[2]](*sys.argv[3:])
except AssertionError as error:
    sys.exit(f"{sys.argv[2]}: {error}")
