"""The command line that the harnesses share: cases with a name, a line of figures each, "N passed, N failed" at the end."""
import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from oracle import Broken
from store import Store

ROOM_BYTES = 1 << 30
HERE = os.path.dirname(os.path.abspath(__file__))


class Skipped(Exception):
    """The machine lacks what a case needs; the message says what."""


class Room:
    """What a case gets: a directory that vanishes, a generator of its own, and how much it shall do."""

    def __init__(self, options, seed):
        self.bin, self.long, self.cycles, self.seed = options.bin, options.long, options.cycles, seed
        self.random = random.Random(seed)
        # In memory, if there is room: what a disk does in between is faked here, and other programs' writes are not waited for.
        memory = os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free >= ROOM_BYTES
        self.root = tempfile.mkdtemp(prefix="kns-fault-", dir="/dev/shm" if memory else None)
        self.stores = []

    def path(self, name):
        return os.path.join(self.root, name)

    def store(self, name="data"):
        self.stores.append(Store(self.bin, self.path(name)))
        return self.stores[-1]

    def rounds(self, short, long):
        return self.cycles or (long if self.long else short)

    def leave(self):
        for store in self.stores:
            store.kill()
        shutil.rmtree(self.root, ignore_errors=True)


def main(description, cases):
    """`cases` are functions of a Room that give their figures as text, or raise Broken or Skipped."""
    here = os.path.basename(sys.argv[0])
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these of: " + ", ".join(case.__name__ for case in cases))
    parser.add_argument("--bin", default=os.path.join(HERE, "../../build/bin"))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--cycles", type=int, help="how often a case repeats its fault")
    parser.add_argument("--long", action="store_true", help="as often as a release wants it")
    options = parser.parse_args()
    unknown = set(options.names) - {case.__name__ for case in cases}
    if unknown:
        parser.error(f"no case named {', '.join(sorted(unknown))}")
    passed = failed = 0
    for case in cases:
        name = case.__name__
        if options.names and name not in options.names:
            continue
        room = Room(options, options.seed)
        began = time.monotonic()
        try:
            figures = case(room)
            passed += 1
            print(f"{here} {name}: {figures} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skipped as skipped:
            print(f"skipped: {here} {name}: {skipped}", flush=True)
        except Broken as broken:
            failed += 1
            more = "".join(f" --{flag} {value}".replace(" True", "") for flag, value in (("cycles", options.cycles), ("long", options.long)) if value)
            print(f"{here} {name}: {broken}\nrepeat with: tests/fault/{here} {name} --seed {options.seed}{more}", flush=True)
        finally:
            room.leave()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
