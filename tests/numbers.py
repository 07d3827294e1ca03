"""Compares a model's numbers with what go tool pprof prints: numbers.py HOSTNAME-DIRECTORY.

Runs plain `go tool pprof` on the flare's profiles, reads its -top and -traces with none of the
program's code, and applies the definitions of the report (which stacks are locks, what belongs
to the runtime or to profiling) anew. The model (model.json) must hold all rows (-n 1000)."""
import collections
import json
import pathlib
import re
import subprocess
import sys

profiles = pathlib.Path(sys.argv[1]) / "profiles"
model = json.load(open("model.json"))
problems = []
compared = 0

NUMBER = r"(-?\d+)(?:ns|B|nanosecond)?"


def pprof(report, index, source, base=None):
    command = ["go", "tool", "pprof", report, "-trim=false", "-unit=nanosecond",
               f"-sample_index={index}"]
    if base:
        command.append(f"-diff_base={base}")
    return subprocess.run(command + [source], check=True, capture_output=True, text=True).stdout


def top(index, source, base=None):
    """{function: (flat, cum)} as -top prints them, and the total."""
    text = pprof("-top", index, source, base)
    total = int(re.search(rf"% of {NUMBER} total", text)[1])
    rows = {}
    for line in text.split("cum%\n", 1)[1].splitlines():
        flat, _, _, cum, _, name = line.split(maxsplit=5)
        name = re.sub(r" \((partial-)?inline\)$", "", name)
        rows[name] = tuple(int(re.fullmatch(NUMBER, n)[1]) for n in (flat, cum))
    return rows, total


def traces(index, source, base=None):
    """[(value, [leaf, ..., root])] as -traces prints them."""
    samples = []
    for block in re.split(r"^-+\+-+\n", pprof("-traces", index, source, base), flags=re.M)[1:]:
        value, stack = None, []
        for line in block.splitlines():
            first = re.fullmatch(rf" *{NUMBER}   (\S.*)", line)
            if value is None and first:
                value, name = int(first[1]), first[2]
            elif value is None:
                continue  # a label
            else:
                name = line.strip()
            stack.append(re.sub(r" \((partial-)?inline\)$", "", name))
        if stack:
            samples.append((value, stack))
    return samples


def same(what, got, wanted):
    global compared
    compared += 1
    if got != wanted:
        problems.append(f"{what}: {got}, but pprof: {wanted}")


def same_rows(what, rows, wanted, order):
    same(what, {r["function"]: (r["flat"], r["cum"]) for r in rows}, wanted)
    same(what + ", number of rows", len(rows), len(wanted))
    keys = [r[order] for r in rows]
    same(what + ", order", keys, sorted(keys, reverse=True))


def near(what, got, wanted):
    same(what, got is not None and abs(got - wanted) <= 0.0011, True)


def percents(what, rows, whole):
    for row in rows:
        near(f"{what}, flat% of {row['function']}", row["flat_percent"],
             100 * abs(row["flat"]) / whole)
        near(f"{what}, cum% of {row['function']}", row["cum_percent"],
             100 * abs(row["cum"]) / whole)


def is_runtime(function):
    return function.startswith(("runtime.", "runtime/internal/", "internal/runtime/"))


def is_profiling(stack):
    return any(re.match(r"net/http/pprof\.|runtime/pprof\.(?!Do$|Do\.|Set|With|Label)", f)
               for f in stack)


def heap(name, heap):
    first, second = (profiles / f"{name}-{n}-heap.pprof" for n in ("1st", "2nd"))
    for key, index in (("growth_rows", "inuse_space"), ("object_rows", "inuse_objects")):
        rows, _ = top(index, second, first)
        grown = {f: v for f, v in rows.items() if v[0] > 0}
        same_rows(f"{name} {key}", heap[key], grown, "flat")
        percents(f"{name} {key}", heap[key], sum(v[0] for v in grown.values()) or 1)
        if key == "growth_rows":
            for row in heap["shrinkage_rows"]:
                same(f"{name} shrinkage of {row['function']}", (row["flat"], row["cum"]),
                     rows[row["function"]])
    allocated, _ = top("alloc_space", second, first)
    grown = top("inuse_space", second, first)[0]
    made = {f: v for f, v in allocated.items() if v[0] > 0}
    same_rows(f"{name} allocated_rows", heap["allocated_rows"], made, "flat")
    percents(f"{name} allocated_rows", heap["allocated_rows"],
             sum(v[0] for v in made.values()) or 1)
    for row in heap["allocated_rows"] + heap["growth_rows"]:
        function = row["function"]
        if function in made:
            kept = 100 * max(grown.get(function, (0,))[0], 0) / made[function][0]
            near(f"{name} kept by {function}", row["kept_percent"], min(kept, 100))
    same(f"{name} allocated", heap["allocated_bytes"], sum(v[0] for v in allocated.values()))
    rows, total = top("inuse_space", second)
    same_rows(f"{name} current_rows", heap["current_rows"],
              {f: v for f, v in rows.items() if v[0] != 0}, "flat")
    percents(f"{name} current_rows", heap["current_rows"], total)
    same(f"{name} heap total", heap["total_bytes"], total)

    by_function = collections.Counter()
    left_out = collections.Counter()
    for value, stack in traces("inuse_space", second, first):
        if is_profiling(stack):
            left_out["profiling"] += value
        elif is_runtime(stack[0]):
            left_out["runtime"] += value
        else:
            by_function[stack[0]] += value
    same(f"{name} net growth", heap["net_growth_bytes"], sum(by_function.values()))
    same(f"{name} growth", heap["growth_bytes"], sum(v for v in by_function.values() if v > 0))
    same(f"{name} shrinkage", heap["shrinkage_bytes"],
         -sum(v for v in by_function.values() if v < 0))
    same(f"{name} of profiling", heap["profiling_growth_bytes"], left_out["profiling"])
    same(f"{name} of the runtime", heap["runtime_growth_bytes"], left_out["runtime"])
    per_30s = heap["net_growth_bytes"] * 30 / heap["interval_seconds"]
    same(f"{name} for 30 s", abs(heap["growth_per_30s_bytes"] - per_30s) <= abs(per_30s) / 1000 + 1,
         True)


COLLECTOR = {"runtime.gcBgMarkWorker", "runtime.gcDrain", "runtime.gcAssistAlloc",
             "runtime.bgsweep", "runtime.bgscavenge"}


def labels(name, labels, source, total):
    """Checks are known by what their id begins with, modules by their name."""
    sums = collections.Counter()
    key = labels["label"] if labels else "check_id|module"
    for block in re.split(r"^-+\+-+\n", pprof("-traces", "cpu", source), flags=re.M)[1:]:
        value = re.search(rf"^ *{NUMBER}   \S", block, re.M)
        label = re.search(rf"^ *(?:{key}):  (.*)$", block, re.M)
        if value:
            sums[label and (label[1].split(":")[0] if key == "check_id" else label[1])] += \
                int(value[1])
    if labels is None:
        same(f"{name} labels", [each for each in sums if each], [])
        return
    same(f"{name} unlabelled", labels["unlabelled_ns"], total - sum(
        v for k, v in sums.items() if k))
    same(f"{name} labels", {share["name"]: share["cpu_ns"] for share in labels["shares"]},
         {k: v for k, v in sums.items() if k})


def cpu(name, cpu):
    source = profiles / f"{name}-cpu.pprof"
    rows, total = top("cpu", source)
    same_rows(f"{name} cpu rows", cpu["rows"], {f: v for f, v in rows.items() if v[0]}, "flat")
    same_rows(f"{name} cumulative_rows", cpu["cumulative_rows"],
              {f: v for f, v in rows.items() if v[1] and not is_runtime(f)}, "cum")
    percents(f"{name} cpu rows", cpu["rows"] + cpu["cumulative_rows"], total)
    near(f"{name} samples", cpu["samples_seconds"], total / 1e9)
    near(f"{name} core use", cpu["core_use"], total / 1e9 / cpu["duration_seconds"])
    collected = sum(v for v, stack in traces("cpu", source) if COLLECTOR & set(stack))
    if total:
        near(f"{name} gc_percent", cpu["gc_percent"], 100 * collected / total)
    labels(name, cpu["labels"], source, total)
    header = re.search(r"^Duration: ([\d.]+)(m?s)", pprof("-top", "cpu", source), re.M)
    seconds = float(header[1]) / (1000 if header[2] == "ms" else 1)
    same(f"{name} duration", abs(cpu["duration_seconds"] - seconds) <= 0.01, True)


LOCK = (r"sync\.\(\*Mutex\)\.Lock|sync\.\(\*RWMutex\)\.R?Lock|internal/sync\.|runtime\.semacquire|"
        r"sync\.runtime_Semacquire(RW)?Mutex")
SEND = r"runtime\.chansend"
IDLE = (r"runtime\.(selectgo|chanrecv|netpoll)|sync\.\(\*Cond\)\.Wait|"
        r"sync\.\(\*WaitGroup\)\.Wait|time\.Sleep|sync\.runtime_notifyListWait")


def by_caller(samples):
    callers = collections.Counter()
    for value, stack in samples:
        callers[next((f for f in stack if not re.match(r"(runtime|sync|internal/sync)\.", f)),
                     None)] += value
    return {f: v for f, v in callers.items() if f and v}


def same_delays(what, rows, delays, counts):
    same(what, {r["function"]: (r["delay_ns"], r["contentions"]) for r in rows},
         {f: (v, counts.get(f, 0)) for f, v in by_caller(delays).items()})
    keys = [r["delay_ns"] for r in rows]
    same(what + ", order", keys, sorted(keys, reverse=True))


def block(name, block):
    source = profiles / f"{name}-block.pprof"
    sums = collections.Counter()
    locks = {"delay": [], "contentions": []}
    for index in locks:
        for value, stack in traces(index, source):
            kind = next((k for k, p in (("lock", LOCK), ("send", SEND), ("idle", IDLE))
                         if re.match(p, stack[0])), "other")
            sums[index, kind] += value
            if kind in ("lock", "send"):
                locks[index].append((value, stack))
    _, total = top("delay", source)
    same(f"{name} block: all kinds together", block["lock_delay_ns"] + block["idle_delay_ns"] +
         block["other_delay_ns"], total)
    same(f"{name} block: locks", block["lock_delay_ns"],
         sums["delay", "lock"] + sums["delay", "send"])
    same(f"{name} block: sends", block["send_delay_ns"], sums["delay", "send"])
    same(f"{name} block: idle", block["idle_delay_ns"], sums["delay", "idle"])
    same(f"{name} block: contentions", block["contentions"],
         sums["contentions", "lock"] + sums["contentions", "send"])
    same_delays(f"{name} block rows", block["rows"], locks["delay"],
                by_caller(locks["contentions"]))


def mutex(name, mutex):
    source = profiles / f"{name}-mutex.pprof"
    kept = {index: [(v, s) for v, s in traces(index, source)
                    if not any(re.match(r"runtime\.(_LostContendedRuntimeLock|unlock)", f)
                               for f in s)]
            for index in ("delay", "contentions")}
    _, total = top("delay", source)
    same(f"{name} mutex: all together", mutex["delay_ns"] + mutex["runtime_delay_ns"], total)
    same(f"{name} mutex: delay", mutex["delay_ns"], sum(v for v, _ in kept["delay"]))
    same(f"{name} mutex: contentions", mutex["contentions"],
         sum(v for v, _ in kept["contentions"]))
    same_delays(f"{name} mutex rows", mutex["rows"], kept["delay"], by_caller(kept["contentions"]))


for process in model["processes"]:
    for kind, check in (("heap", heap), ("cpu", cpu), ("block", block), ("mutex", mutex)):
        if process[kind]["why"] is None:
            check(process["name"], process[kind])

print(f"{compared} comparisons", *problems, sep="\n")
sys.exit(bool(problems) or compared == 0)
