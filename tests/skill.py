"""What tests/skill.bats asks of the agent skill: skill.py SKILL COMMAND [ARGUMENT...]."""
import json
import pathlib
import re
import subprocess
import sys

SKILL = pathlib.Path(sys.argv[1]).resolve()
TEXTS = ["SKILL.md", "analyze-prompt.md"]
ROOT = pathlib.Path(__file__).resolve().parent.parent
PHRASES = ["analyze flare profiling", "flare memory leak", "flare cpu analysis", "pprof analysis", "agent profiling",
           "heap analysis", "memory usage flare", "internal profiling flare"]
# Commands of which the texts speak, and that are not for this machine.
NOT_HERE = {"datadog-agent flare <CASE_ID> --profile 60 -M -B",  # runs on the customer's host
            "scripts/install-deps",  # installs packages
            "go tool pprof"}  # it says not to


def text(name):
    return (SKILL / name).read_text()


def both():
    return "\n".join(text(name) for name in TEXTS)


def blocks():
    return [re.sub(r"^   ", "", b, flags=re.M) for b in re.findall(r"^ *```sh\n(.*?)^ *```", both(), re.S | re.M)]


def inline():
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", both(), flags=re.S))


def frontmatter(path):
    """Its keys; a subset of YAML that every reader takes for the same: one plain text a line."""
    source = pathlib.Path(path).read_text()
    assert source.startswith("---\n"), "does not begin with ---"
    head, end, body = source[4:].partition("\n---\n")
    assert end, "the frontmatter does not end"
    keys = {}
    for line in head.split("\n"):
        key, colon, value = line.partition(": ")
        assert colon and re.fullmatch("[a-z-]+", key) and key not in keys, f"no key: {line}"
        assert value and ": " not in value and " #" not in value, f"not plain: {key}"
        assert value[0].isalnum(), f"not plain: {key}"
        keys[key] = value
    allowed = {"name", "description", "license", "allowed-tools", "metadata", "compatibility"}
    assert set(keys) <= allowed, f"not allowed: {set(keys) - allowed}"
    name, description = keys["name"], keys["description"]
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 64, f"bad name: {name}"
    assert name == pathlib.Path(path).resolve().parent.name, f"the directory is not {name}"
    assert 1 <= len(description) <= 1024, f"the description has {len(description)} characters"
    assert not re.search("[<>]", description), "the description has angle brackets"
    assert 1 <= len(keys.get("compatibility", "-")) <= 500, "compatibility is too long"
    missing = [p for p in PHRASES if f'"{p}"' not in description]
    assert not missing, f"the description lacks {missing}"
    assert description.startswith("Use this skill when ") and "Not for " in description, "when, and when not?"
    for sibling in ["flare-network-analysis", "zendesk-ticket-investigator"]:
        assert sibling in description and sibling in body, f"no hand-over to {sibling}"


def size():
    assert len(text("SKILL.md").splitlines()) < 200, "SKILL.md is long"
    # A token is some four characters of English.
    assert len(both()) / 4 < 3000, f"{len(both())} characters cost too much"


def references():
    links = re.findall(r"\]\(([^)]+)\)", both())
    assert {"analyze-prompt.md", "scripts/find-flareprof"} <= set(links)
    for link in links:
        assert (SKILL / link).is_file() and link.count("/") <= 1 and ".." not in link, f"bad reference: {link}"


def commands(program):
    """Prints what is to be run: the blocks, and the commands in the text."""
    names = {c for c in inline() if re.match(r"(flareprof|scripts/|datadog-agent|agent|go|make|jq|sed)\b.*\W", c)}
    assert NOT_HERE <= names, f"not in the texts any more: {NOT_HERE - names}"
    assert len(blocks()) >= 4
    for command in sorted(names - NOT_HERE) + blocks():
        print(command.rstrip("\n"), end="\0")
    usage = subprocess.run([program, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout
    for option in {o for c in inline() + blocks() for o in re.findall(r"(?<![\w-])--[a-z][a-z-]*", c) if "datadog-agent" not in c}:
        assert option in usage or option == "--html", f"flareprof has no {option}"


def statuses():
    print(*re.findall(r"\d", " ".join(re.findall(r"^\| ([\d, ]+) \|", text("analyze-prompt.md"), re.M))))


def verdicts():
    schema = json.loads((ROOT / "templates/report.schema.json").read_text())
    wanted = schema["properties"]["verdict"]["properties"]["name"]["enum"]
    rows = re.findall(r"^\| ([A-Z][A-Za-z ]+) \|", text("SKILL.md"), re.M)
    assert rows == wanted, f"{rows} are not {wanted}"
    assert all(v in text("SKILL.md").split("---")[1] for v in wanted), "the description lacks one"


def keys(*models):
    """Each key that jq is told to read is one of the model's, and the rows tell what the text says of them."""
    program = next(b for b in blocks() if b.startswith("jq "))
    findings = re.search(r"\.verdict\.findings\[\] \| \{([^}]*)\}", program)[1]
    processes = re.search(r"\.processes\[\] \| \{([^}]*)\}", program)[1]
    rules = set()
    for path in models:
        model = json.loads(pathlib.Path(path).read_text())
        for finding in model["verdict"]["findings"]:
            assert all(k.strip() in finding for k in findings.split(",")), f"{findings} of {path}"
            process = next(p for p in model["processes"] if p["name"] == finding["process"])
            value = process
            dotted = re.search(rf"\b{finding['rule']}: ([\w.\[\]]+)", processes)[1]
            for key in re.findall(r"\w+", dotted):
                value = value[int(key) if key.isdigit() else key]
            assert abs(value - finding["measured"]) <= 0.001 and value > finding["threshold"], f"{finding} is {value}"
            rules.add(finding["rule"])
        for process in model["processes"]:
            for item in processes.split(","):
                path_of = item.partition(": ")[2].strip().lstrip(".") or item.strip()
                outer, _, inner = path_of.partition(".")
                assert outer in process, f"no key {path_of}"
                assert not inner or process[outer] is None or inner.split("[")[0] in process[outer], f"no key {path_of}"
    schema = json.loads((ROOT / "templates/report.schema.json").read_text())
    assert rules == set(schema["$defs"]["finding"]["properties"]["rule"]["enum"]), f"only {rules}"


try:
    globals()[sys.argv[2]](*sys.argv[3:])
except AssertionError as error:
    sys.exit(f"{sys.argv[2]}: {error}")
