"""Makes a run record small enough to keep: optimum-strip.py RUN.JSON > optimum-NAME.json

Takes out the samples of warm-ups, the accounts of steps, and the paths and names of the machine; what a choice looks at stays.
"""
import json
import sys

record = json.load(open(sys.argv[1]))
record["command"] = record["command"][:1] and ["assay"] + record["command"][1:3]
record["environment"]["host"] = "host"
for engine in record["environment"]["engines"]:
    engine["library"] = None
record["setAside"] = None
for group in record["groups"]:
    for launch in group["launches"]:
        launch["conditions"] = []
for variant in record["variants"]:
    for built in variant["build"].get("built", {}).values():
        built["path"] = built["path"].split("/")[-1]
        built["reports"] = []
for trial in record["trials"]:
    for data in trial["result"].get("completed", {}).values():
        for launch in data["launches"]:
            launch["warmUp"] = ""
print(json.dumps({key: value for key, value in record.items() if value is not None}, sort_keys=True, separators=(",", ":")))
