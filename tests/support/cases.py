"""How cases against real clients and servers are said, chosen and run."""

import argparse, os
from pathlib import Path

BIN = Path(__file__).resolve().parent.parent.parent / "build" / "bin"  # or as --bin says, once cases run


def expect(condition, words):
    if not condition:
        raise AssertionError(words)


def same(got, wanted):
    expect(got == wanted, f"{got!r} is not {wanted!r}")


def run_cases(cases, description, needs={}):
    """As the command line asks; `needs`: by name, the variable in the environment without which a case is left out."""
    global BIN
    arguments = argparse.ArgumentParser(description=description)
    known = [case.__name__ for case in cases]
    arguments.add_argument("names", nargs="*", metavar="CASE", type=lambda name: name if name in known else arguments.error(f"there is no case {name!r}: {', '.join(known)}"))
    arguments.add_argument("--bin", type=Path, default=BIN)
    options = arguments.parse_args()
    BIN = options.bin.resolve()
    passed = failed = 0
    for case in cases:
        if options.names and case.__name__ not in options.names:
            continue
        if not os.environ.get(needs.get(case.__name__, "PATH")):
            continue  # as tests/aws/run has said
        try:
            case()
        except Exception as failure:  # whatever a client makes of an answer
            failed += 1
            print(f"failed: {case.__name__}\n    {type(failure).__name__}: {failure}")
        else:
            passed += 1
            print(f"passed: {case.__name__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
