"""Rules of the diagnosis: diagnosis.py GROUP, with CASE.json of every fixture in this directory.

Each rule is named with the flares in which it must fire and those in which it must stay silent."""
import json
import pathlib
import sys

models = {path.stem: json.loads(path.read_text()) for path in pathlib.Path(".").glob("*.json")}


def process(m, name=None):
    return next(p for p in m["processes"] if p["name"] == (name or m["flare"]["main_process"]))


def context(kind):
    return lambda m: any(sign["kind"] == kind for sign in m["context"])


def advised(kind):
    return lambda m: any(item["kind"] == kind for item in m["recommendations"])


def wanted(what):
    return lambda m: any(what in item.get("wants", []) for item in m["recommendations"])


def noted(text):
    return lambda m: any(text in note for note in m["verdict"]["notes"])


def blamed(name, is_module):
    def rule(m):
        shares = [f["share"] for f in m["verdict"]["findings"] if f["share"]]
        return any(s["name"] == name and s["is_module"] == is_module for s in shares)
    return rule


def ledger(m):
    return next((each for each in m["ledgers"] if each["process"] == m["flare"]["main_process"]), None)


def kept(function):
    def rule(m):
        rows = {row["function"]: row for row in process(m)["heap"]["allocated_rows"]}
        return function in rows and rows[function]["kept_percent"] > 90
    return rule


def joined(m):
    return any(row["held_ns"] and row["waited_ns"] and row["waiting"] for row in process(m)["locks"])


def crowd(m):
    groups = m["goroutines"]["groups"] if m["goroutines"] else []
    return any(group["crowd"] and group["component"] for group in groups)


def lists_step_of(component):
    return lambda m: any(item["kind"] == "step" and item["component"] == component
                         for item in m["recommendations"])


TRACK = "github.com/DataDog/datadog-agent/pkg/aggregator.(*contextResolver).trackContext"
PARSE = "github.com/DataDog/datadog-agent/comp/dogstatsd/server.(*parser).parseMetricSample"
HEALTHY = ["healthy-idle", "healthy-busy", "slow-growth", "local", "partial"]

# Group: rule, (does it fire in a model?, flares where it does, flares where it does not).
RULES = {
    "cpu": {
        "a check is blamed": (blamed("postgres", False), ["check-cpu", "python-cpu"],
                              ["checks-even", "cpu-spike", "cpu-spread", "probe-module"]),
        "a module is blamed": (blamed("network_tracer", True), ["probe-module"], ["check-cpu"]),
        "advice on the check": (advised("check"), ["check-cpu", "probe-module"],
                                ["checks-even", "cpu-spike"]),
        "no advice to find it out": (advised("python"), [], ["check-cpu", "python-cpu"]),
        "the collector burns": (noted("the garbage collector took"), ["churn"],
                                ["healthy-busy", "leak-and-churn", "cpu-spread"]),
        "advice on garbage": (advised("collection"), ["churn"], ["healthy-busy"]),
        "nobody dominates": (advised("compare"), ["cpu-spread"], ["check-cpu", "cpu-spike"]),
    },
    "heap": {
        "stale": (lambda m: process(m)["heap"]["validity"] == "stale", ["no-gc", "gc-off"],
                  ["leak", "churn", *HEALTHY]),
        "stale is no verdict": (lambda m: m["verdict"]["name"] == "Inconclusive",
                                ["no-gc", "gc-off"], HEALTHY),
        "never collected": (lambda m: process(m)["heap"]["gc_state"] == "never", ["gc-off"],
                            ["leak", "healthy-idle"]),
        "known from memstats": (lambda m: process(m)["heap"]["gc_source"] == "memstats",
                                ["leak", "healthy-idle", "gc-off"], ["local"]),
        "asked for a longer window": (lambda m: "--profile 120" in m["case"]["flare_command"],
                                      [], ["no-gc", "gc-off", "leak", "healthy-idle"]),
        "close to the threshold": (noted("but not by more than the error"), ["slow-growth"],
                                   ["leak", "healthy-idle", "healthy-busy"]),
        "begun lately": (noted("the growth began not long before"), ["leak", "trace-leak"],
                         ["healthy-idle", "slow-growth", "contention"]),
        "unchanged": (lambda m: process(m)["heap"]["validity"] == "unchanged", ["probe-module"],
                      ["no-gc", "leak"]),
        "retention": (kept(TRACK), ["leak", "leak-and-churn"], ["churn", "healthy-idle"]),
        "churn is not retention": (kept(PARSE), [], ["leak-and-churn"]),
        "a leak does not churn": (lambda m: process(m)["heap"]["churns"], [],
                                  ["leak", "leak-and-churn", "check-leak", "intake-down"]),
    },
    "memory": {
        "outside the Go heap": (lambda m: ledger(m)["outside"], ["native-memory"],
                                ["leak", "intake-down", *HEALTHY]),
        "stacks cannot be told apart": (
            lambda m: any(part["kind"] == "overhead" for part in ledger(m)["parts"]),
            ["multiple", "leak"], ["native-memory", "intake-down"]),
        "which is Python's": (lambda m: ledger(m)["python"], ["native-memory"], ["leak"]),
        "advice on it": (advised("outside"), ["native-memory"], ["leak", "healthy-idle"]),
    },
    "locks": {
        "held, waited and waiting": (joined, ["contention"], ["healthy-idle", "leak"]),
        "since the start": (lambda m: process(m)["block"]["since"] == "start",
                            ["locks-since-start", "contention-since-start"],
                            ["contention", "backpressure"]),
        "which is no contention by itself": (noted("since the process started"),
                                             ["locks-since-start"], ["contention"]),
        "nor a finding": (lambda m: m["verdict"]["name"] == "Contention",
                          ["contention-since-start", "contention"], ["locks-since-start"]),
        "the receiver is slow": (advised("receiver"), ["backpressure"], ["contention"]),
    },
    "goroutines": {
        "a crowd with its component": (crowd, ["goroutine-leak"], ["contention", *HEALTHY]),
        "advice on it": (advised("goroutines"), ["goroutine-leak"], ["contention", *HEALTHY]),
    },
    "context": {
        "upgrade": (context("upgrade"), ["intake-down"], HEALTHY),
        "young": (context("young"), ["contention-since-start"], HEALTHY),
        "unhealthy": (context("unhealthy"), ["intake-down"], HEALTHY),
        "contexts": (context("contexts"), ["intake-down", "leak"], HEALTHY),
        "retry queue": (context("retry_queue"), ["intake-down"], HEALTHY),
        "dropped": (context("dropped"), ["intake-down"], HEALTHY),
        "send errors": (context("send_errors"), ["intake-down"], HEALTHY),
        "runners busy": (context("runners_busy"), ["intake-down"], HEALTHY),
        "log level": (context("log_level"), ["intake-down"], HEALTHY),
        "gc share": (context("gc_share"), ["churn"], HEALTHY),
        "gc off": (context("gc_off"), ["no-gc", "gc-off"], ["leak", "churn", *HEALTHY]),
        "advice on signs": (advised("sign"), ["intake-down", "churn"], HEALTHY),
        "of the finding's component first": (
            lambda m: m["recommendations"][0]["kind"] == "sign"
            and "retry queue" in m["recommendations"][0]["reason"], ["intake-down"], ["leak"]),
    },
    "asking": {
        "for what is missing": (wanted("missing"), [], ["no-gc", "leak", *HEALTHY]),
        "for a collection": (wanted("stale"), ["no-gc", "gc-off"], ["leak", *HEALTHY]),
        "to confirm a leak": (wanted("confirm_leak"), ["leak", "multiple", "trace-leak"],
                              ["contention", *HEALTHY]),
        "to confirm anything else": (wanted("confirm"), ["contention", "multiple", "cpu-spike"],
                                     ["leak", *HEALTHY]),
        "for lock profiles": (wanted("locks"), ["leak", "healthy-busy"],
                              ["contention", "contention-since-start", "cluster-agent"]),
        "for other processes": (wanted("unjudged"), ["partial", "healthy-idle"],
                                ["leak", "healthy-busy"]),
        "not for what is on": (lambda m: " -B" in m["case"]["flare_command"],
                               ["leak", "contention", "backpressure"],
                               ["locks-since-start", "contention-since-start",
                                "cluster-agent"]),
        "watch": (advised("watch"), ["healthy-idle", "churn"], ["leak", "no-gc"]),
    },
    "advice": {
        "steps": (lists_step_of("Forwarder (HTTP transactions, retry queue)"), ["intake-down"],
                  ["leak", "healthy-idle"]),
        "escalate": (advised("escalate"), ["leak", "contention", "check-cpu"], HEALTHY),
        "failing check": (advised("failing_check"), ["check-cpu", "python-cpu"], HEALTHY),
        "slow check": (advised("slow_check"), ["python-cpu"], ["check-cpu", *HEALTHY]),
    },
}


def close(left, right, by=0.2):
    return abs(left - right) <= by


def problems_of_sums():
    """Shares of CPU and parts of memory add up, in every flare."""
    for case, m in models.items():
        for p in m["processes"]:
            labels = p["cpu"]["labels"]
            if labels:
                total = sum(share["percent"] for share in labels["shares"])
                total += labels["unlabelled_percent"] + (labels["others_percent"] or 0)
                if not close(total, 100):
                    yield f"{case}: labels of {p['name']} add up to {total}"
        for each in m["ledgers"]:
            if sum(part["part_bytes"] for part in each["parts"]) != each["whole_bytes"]:
                yield f"{case}: the ledger of {each['process']} does not add up"
        asked = [item for item in m["recommendations"] if item["command"]]
        if len(asked) > 1:
            yield f"{case}: asks {len(asked)} times"


def problems_of(group):
    for rule, (fires, loud, silent) in RULES[group].items():
        for case in loud:
            if not fires(models[case]):
                yield f"{case}: '{rule}' does not fire"
        for case in silent:
            if fires(models[case]):
                yield f"{case}: '{rule}' fires"


problems = list(problems_of_sums() if sys.argv[1] == "sums" else problems_of(sys.argv[1]))
print("\n".join(problems))
sys.exit(bool(problems))
