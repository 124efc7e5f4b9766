"""The AWS CLI, many commands in one process: a JSON list of argument lists comes in, what they print goes out as a JSON list."""

import contextlib, io, json, sys

from awscli.clidriver import create_clidriver

printed = []
for words in json.load(sys.stdin):
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out):
        code = create_clidriver().main([*words, "--output", "json"])
    if code:
        sys.exit(f"aws {' '.join(words)}: exit {code}")
    out.flush()
    text = out.buffer.getvalue().decode()
    printed.append(json.loads(text) if text.strip() else None)
json.dump(printed, sys.stdout)
