"""Faults at chosen calls of the daemon, and a clock that jumps: the harness' side of inject.c."""
import mmap
import os
import struct
import subprocess

from oracle import Broken

HERE = os.path.dirname(os.path.abspath(__file__))
KILL_BEFORE, KILL_AFTER, KILL_TORN, ERROR, SHORT = range(1, 6)  # as in inject.c
CALLS, AT, UNTIL, WHAT, ERRNO, CLOCK, HITS, HIT = (8 * i for i in range(8))
FOR_EVER = (1 << 63) - 1


def library(room):
    """The compiled shim, once for a room."""
    path = room.path("inject.so")
    if not os.path.exists(path):
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, os.path.join(HERE, "inject.c"), "-ldl"], stderr=subprocess.PIPE,
                              check=False)
        if done.returncode != 0:
            raise Broken(f"inject.c does not compile: {done.stderr.decode()}")
    return path


class Inject:
    """The page that one daemon at a time looks at. Give `env` to its start."""

    def __init__(self, room):
        path = room.path("inject")
        with open(path, "wb") as file:
            file.write(bytes(4096))
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.env = {"LD_PRELOAD": library(room), "KNS_INJECT": path, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def get(self, what):
        return struct.unpack_from("q", self.page, what)[0]

    def set(self, what, value):
        struct.pack_into("q", self.page, what, value)

    def arm(self, what, at, error=0, calls=1):
        """The fault hits the `at`-th call from now on, and `calls` - 1 more."""
        self.set(AT, 0)
        for place, value in ((CALLS, 0), (HITS, 0), (WHAT, what), (ERRNO, error), (UNTIL, at + calls - 1)):
            self.set(place, value)
        self.page[HIT:HIT + 40] = bytes(40)
        self.set(AT, at)

    def disarm(self):
        self.set(AT, 0)

    def hit(self):
        """The name of the first call that was hit, or "" ."""
        return self.page[HIT:HIT + 40].split(b"\0", 1)[0].decode()
