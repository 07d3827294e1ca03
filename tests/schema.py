"""Validates models: schema.py SCHEMA MODEL... Duplicate keys, NaN and odd bytes are errors too."""
import json
import sys

import jsonschema


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"duplicate key {key}")
    return dict(pairs)


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


problems = []
with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file, object_pairs_hook=no_duplicates)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    try:
        with open(path, encoding="utf-8") as file:
            model = json.load(file, object_pairs_hook=no_duplicates, parse_constant=no_constant)
    except ValueError as error:
        problems.append(f"{path}: {error}")
        continue
    for error in validator.iter_errors(model):
        where = "/".join(str(part) for part in error.absolute_path)
        problems.append(f"{path}: {where}: {error.message[:300]}")
print("\n".join(problems[:40]))
sys.exit(bool(problems))
