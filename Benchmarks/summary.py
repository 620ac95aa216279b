#!/usr/bin/env python3
"""One table of the results that the benchmarks left in .build/benchmarks, as Markdown."""
import json
import os
import sys

import ground


def main(names):
    rows, missed, loads = [], 0, []
    for name in names:
        path = os.path.join(ground.RESULTS, name + ".json")
        if not os.path.exists(path):
            rows.append([name, "", "not run", "", "", ""])
            continue
        with open(path) as file:
            record = json.load(file)
        loads += record["load_before_after"]
        for row in record["rows"]:
            mark = {True: "met", False: "MISSED", None: ""}[row["met"]]
            missed += row["met"] is False
            rows.append([name, row["what"], row["value"], row["target"], mark, row["detail"]])
    rows.insert(0, ["benchmark", "what", "value", "target", "", "detail"])
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for index, row in enumerate(rows):
        print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    if loads:
        print(f"\n{missed} targets missed; load average {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} CPUs")


main(sys.argv[1:])
