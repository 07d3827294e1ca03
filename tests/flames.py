"""Fails when a call tree of a model says something else than the model's tables: flames.py MODEL...

Prints how many trees and rows were compared.
"""
import collections
import json
import sys


def parts(process):
    """Each tree with the figure of a node, and the rows that it must agree with."""
    heap, cpu = process["heap"], process["cpu"]
    yield ("heap", heap["flame"], lambda n: n["growth_bytes"] - n["shrinkage_bytes"],
           heap["growth_rows"] + heap["shrinkage_rows"])
    yield "cpu", cpu["flame"], lambda n: n["cpu_ns"], cpu["rows"] + cpu["cumulative_rows"]


def callers(nodes, at):
    while nodes[at]["parent"] is not None:
        at = nodes[at]["parent"]
        yield nodes[at]["function"]


def check(where, flame, figure, rows):
    nodes = flame["nodes"]
    flat, cum = collections.Counter(), collections.Counter()
    for at, node in enumerate(nodes):
        flat[node["function"]] += figure(node)
        if at > 0:
            flat[nodes[node["parent"]]["function"]] -= figure(node)
            if node["function"] not in callers(nodes, at):
                cum[node["function"]] += figure(node)
    for row in rows:
        name = row["function"]
        if (flat[name], cum[name]) != (row["flat"], row["cum"]):
            yield f"{where}: {name} has {flat[name]}, {cum[name]}, in the table {row['flat']}, {row['cum']}"


def main():
    problems, trees, compared = [], 0, 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            model = json.load(file)
        for process in model["processes"]:
            for name, flame, figure, rows in parts(process):
                if flame is None and rows:
                    problems.append(f"{path}: {process['name']}: no tree of {name}")
                if flame is None:
                    continue
                trees += 1
                # Otherwise what is missing is in no node.
                if flame["left_out_count"] == 0:
                    compared += len(rows)
                    problems += check(f"{path}: {process['name']}: {name}", flame, figure, rows)
    print("\n".join(problems[:20] or [f"{trees} trees, {compared} rows"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
