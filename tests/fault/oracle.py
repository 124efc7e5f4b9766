"""What must be true whatever happened to the daemon, judged by what clients sent and what they were told.

  I1  acknowledged before the fault: there, and byte-equal
  I2  sequence numbers rise in each shard, and none ever names two payloads
  I3  not acknowledged: there at most once per attempt; refused for certain: not there
  I4  A acknowledged before B was sent: A comes before B in its shard
  I5  a consumer's position never passes a record that its command did not see; a delivery leaves none out and repeats none
  I6  the daemon answers within its budget, or ends with one line that says why
  I7  no file is visible in the destination that is not whole
"""
import collections
import glob
import gzip
import hashlib
import json
import os
import struct
import threading
import time


class Broken(Exception):
    """An invariant does not hold. The message begins with its name."""


def crc32c_table():
    table = []
    for i in range(256):
        crc = i
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 if crc & 1 else crc >> 1
        table.append(crc)
    return table


TABLE = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def record_batch(number, shard, values):
    """A RecordBatch v2 as any Kafka producer would build it."""
    records = b""
    for i, value in enumerate(values):
        body = b"\0\0" + varint(i) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(body)) + body
    tail = struct.pack(">hiqqqhii", 0, len(values) - 1, 0, 0, -1, -1, -1, len(values)) + records
    return struct.pack(">qiibI", number, 9 + len(tail), shard, 2, crc32c(tail)) + tail


class Oracle:
    """Of one stream. Writers tell it what they do, from any thread; it is asked when they have ended."""

    def __init__(self):
        self.lock = threading.Lock()
        self.attempted = collections.Counter()  # value -> how often it was sent
        self.acknowledged = {}                  # value -> when (monotonic s)
        self.refused = set()                    # values that certainly were not stored
        self.order = []                         # ((a writer, its shard), value): it had each acknowledged before it sent the next
        self.named = {}                         # sequence number -> value, ever seen
        self.serial = 0
        self.frozen_at = None
        self.lost = 0                           # so far, where losing is allowed

    def value(self, who):
        """A value of its own, noted as sent."""
        with self.lock:
            self.serial += 1
            text = f"{who}-{self.serial:07d}"
        value = f"{text} {hashlib.md5(text.encode()).hexdigest()}"
        self.attempted[value] += 1
        return value

    def acked(self, values, writer=None):
        with self.lock:
            if self.frozen_at is not None:
                return  # heard while the fault was under way: unknown
            now = time.monotonic()
            self.acknowledged.update((value, now) for value in values)
            if writer is not None:
                self.order += [(writer, value) for value in values]

    def refuse(self, values):
        self.refused.update(values)

    def freeze(self):
        """From here on an acknowledgement proves nothing. To be called before the power is cut: a sync that is under way
        then may report success although its data is gone."""
        with self.lock:
            self.frozen_at = time.monotonic()

    def thaw(self):
        self.frozen_at = None

    def saw(self, sequence, value):
        """A client read this, whatever may become of it."""
        if self.named.setdefault(sequence, value) != value:
            raise Broken(f"I2: {sequence} named {self.named[sequence]!r} and now {value!r}")

    def check(self, records, may_lose=False):
        """Of everything that the stream serves, as (sequence, shard, value): value -> how often it is there."""
        found = collections.Counter()
        place = {}
        last = {}
        for index, (sequence, shard, value) in enumerate(records):
            self.saw(sequence, value)
            if sequence <= last.get(shard, -1):
                raise Broken(f"I2: {sequence} does not rise in {shard}")
            last[shard] = sequence
            found[value] += 1
            place[value] = index
            if value not in self.attempted:
                raise Broken(f"I1: {value!r} was never put")
        lost = [value for value in self.acknowledged if not found[value]]
        if lost and not may_lose:
            raise Broken(f"I1: {len(lost)} acknowledged records are lost, {lost[0]!r} among them")
        self.lost += len(lost)
        self.lost_window_s = max((self.frozen_at - self.acknowledged.pop(value) for value in lost), default=0.0) if lost else 0.0
        for value, times in found.items():
            if times > self.attempted[value]:
                raise Broken(f"I3: {value!r} was sent {self.attempted[value]} times and is there {times} times")
        there = [value for value in self.refused if found[value]]
        if there:
            raise Broken(f"I3: {len(there)} records were refused and are there, {there[0]!r} among them")
        newest = {}
        for writer, value in self.order:
            if value not in place:
                continue  # lost, and counted as that
            if place[value] < newest.get(writer, -1):
                raise Broken(f"I4: {value!r} stands before what was acknowledged before it was sent")
            newest[writer] = place[value]
        return found


def records_of(lines):
    """(sequence, shard, value) of `kns stream get -o ndjson`; a last line that was cut off is none."""
    for line in lines:
        if not line.endswith(b"\n"):
            return
        record = json.loads(line)
        yield int(record["sequence_number"]), record["shard_id"], record["data"]


def check_consumed(found, seen_file):
    """`found` as Oracle.check gives it; the file has what the command of a group saw."""
    with open(seen_file, encoding="utf-8") as file:
        seen = collections.Counter(line.rstrip("\n") for line in file)
    passed = [value for value in found if not seen[value]]
    if passed:
        raise Broken(f"I5: the group's position passed {len(passed)} records that its command never saw")


def check_delivered(found, archive):
    """Below `archive` stand gzip files that a delivery stream wrote."""
    delivered = collections.Counter()
    for path in glob.glob(os.path.join(archive, "**", "*"), recursive=True):
        if os.path.isdir(path):
            continue
        try:
            with gzip.open(path, "rt") as file:
                delivered.update(line.rstrip("\n") for line in file)
        except (OSError, EOFError) as torn:
            raise Broken(f"I7: {path} is not whole: {torn}") from None
    for value, times in found.items():
        if delivered[value] < times:
            raise Broken(f"I5: {value!r} is in the stream and in no delivered file")
        if delivered[value] > times:
            raise Broken(f"I5: {value!r} was delivered {delivered[value]} times, {times} are in the stream")
