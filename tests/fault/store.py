"""A daemon on a data directory of its own, and clients that write to it."""
import http.client
import json
import os
import random
import select
import signal
import socket
import subprocess
import threading
import time

from oracle import Broken, record_batch, records_of

READY_WITHIN_S = 10.0  # of any start, on a machine that has other things to do
ANSWER_WITHIN_S = 60.0
CERTAIN = {"disk_full", "unavailable", "conflict"}  # of the reasons for a refused batch: nothing was stored


class UnixHttp(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("kns", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Store:
    """Runs the daemon as a child. One thread, but for request() and connect()."""

    def __init__(self, bin_dir, data):
        self.bin, self.data = os.path.abspath(bin_dir), data
        self.socket = os.path.join(data, "run/knsd.sock")
        self.log_path = data.rstrip("/") + ".log"
        self.env = dict(os.environ, KNS_DATA_DIR=data, KNS_IDLE_EXIT="0s", NO_COLOR="1", PATH=self.bin + ":" + os.environ["PATH"])
        self.daemon = None
        self.slowest_start_s = 0.0

    # --- the daemon

    def try_start(self, around=(), env=()):
        """None when it is ready, else the exit code. `around` is what to run it under, as "prlimit ... "."""
        ready, theirs = os.pipe()
        began = time.monotonic()
        self.log_from = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.daemon = subprocess.Popen([*around, "knsd", "--data-dir", self.data, "--ready-fd", str(theirs)], env={**self.env, **dict(env)},
                                           pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(theirs)
        said = b""
        while not said.endswith(b"ready\n"):
            if not select.select([ready], [], [], READY_WITHIN_S)[0]:
                os.close(ready)
                raise Broken(f"I6: the daemon is not ready after {READY_WITHIN_S:.0f} s")
            part = os.read(ready, 4096)
            if not part:
                os.close(ready)
                return self.daemon.wait()
            said += part
        os.close(ready)
        self.slowest_start_s = max(self.slowest_start_s, time.monotonic() - began)
        return None

    def start(self, around=(), env=()):
        code = self.try_start(around, env)
        if code is not None:
            raise Broken(f"I6: the daemon does not start: exit {code}: {self.last_words()}")

    def last_words(self):
        """What the daemon that was started last wrote to its log, as lines that name an error."""
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(self.log_from)
            return [line.strip() for line in log if " error " in line]

    def alive(self):
        return self.daemon is not None and self.daemon.poll() is None

    def kill(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
        if self.daemon:
            self.daemon.wait()

    def stop(self, within=5.0):
        self.daemon.send_signal(signal.SIGTERM)
        try:
            return self.daemon.wait(within)
        except subprocess.TimeoutExpired:
            raise Broken(f"I6: the daemon does not end within {within} s of SIGTERM") from None

    def ticks(self):
        """Of processor time, a hundredth of a second each."""
        with open(f"/proc/{self.daemon.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def memory_kib(self, field="VmRSS"):
        with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))

    def descriptors(self, kind=""):
        """How many are open; with `kind` ("socket:") of those alone."""
        there = f"/proc/{self.daemon.pid}/fd"
        count = 0
        for name in os.listdir(there):
            try:
                count += os.readlink(os.path.join(there, name)).startswith(kind)
            except FileNotFoundError:
                pass
        return count

    # --- clients

    def kns(self, *args, check=True, spawn=False, **options):
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        env = self.env if spawn else dict(self.env, KNS_NO_SPAWN="1")
        done = subprocess.run(["kns", *args], env=env, timeout=ANSWER_WITHIN_S, check=False, **options)
        if check and done.returncode != 0:
            raise Broken(f"kns {' '.join(args)}: exit {done.returncode}: {(done.stderr or b'').decode()}")
        return done

    def request(self, method, path, body=None, timeout=ANSWER_WITHIN_S):
        """(status, what was answered). An OSError where nothing was."""
        connection = UnixHttp(self.socket, timeout)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (http.client.HTTPException, ValueError) as cut_off:
            raise ConnectionError(str(cut_off)) from None
        finally:
            connection.close()

    def open_shards(self, stream):
        status, answer = self.request("GET", f"/v1/streams/{stream}/shards")
        if status != 200:
            raise ConnectionError(f"no shards: {answer}")
        return [shard for shard in answer["items"] if shard["state"] == "OPEN"]

    def connect(self, timeout=ANSWER_WITHIN_S):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(self.socket)
        return connection

    def appender(self, stream):
        return Appender(self, stream)

    def records(self, stream):
        """All of a stream, as the oracle wants it."""
        reader = subprocess.Popen(["kns", "stream", "get", stream, "-o", "ndjson"], env=self.env, stdout=subprocess.PIPE)
        yield from records_of(reader.stdout)
        if reader.wait() == 7:
            raise Broken("I1: reading everything back: the daemon itself tells of records that are lost")
        if reader.returncode != 0:
            raise Broken(f"I6: reading everything back: exit {reader.returncode}")

    def follow(self, stream, path):
        """A reader that writes what comes to a file, from now on."""
        with open(path, "wb") as out:
            return subprocess.Popen(["kns", "stream", "tail", stream, "-o", "ndjson"], env=dict(self.env, KNS_NO_SPAWN="1"), stdout=out,
                                    stderr=subprocess.DEVNULL)


class Appender:
    """One connection of the append protocol. One batch at a time."""

    def __init__(self, store, stream):
        self.socket = store.connect()
        self.socket.sendall(f"POST /v1/streams/{stream}/append HTTP/1.1\r\nHost: kns\r\nConnection: Upgrade\r\nUpgrade: kns-append\r\n\r\n".encode())
        self.lines = self.socket.makefile("rb")
        first = line = self.lines.readline()
        while line != b"\r\n":
            if not line:
                raise ConnectionError("cut off")
            line = self.lines.readline()
        if b" 101 " not in first:
            raise ConnectionError(first.decode())
        self.number = 0

    def put(self, shard, values):
        """None when it is stored, else the code of the error. An OSError: it is not known."""
        self.socket.sendall(record_batch(self.number, shard, [value.encode() for value in values]))
        self.number += 1
        code = None
        while True:
            line = self.lines.readline()
            if not line:
                raise ConnectionError("cut off")
            answer = json.loads(line)
            if "error" in answer:
                code = answer["error"]["code"]
                if "batch" not in answer:
                    raise ConnectionError(code)  # the daemon ends this connection
            if answer.get("acked") == self.number:
                return code

    def close(self):
        self.lines.close()
        self.socket.close()


class Load:
    """Writers that put batches, each waiting for an acknowledgement before it sends the next. They survive any fault, come
    back when the daemon does, and tell the oracle what they were told."""

    def __init__(self, store, oracle, stream, writers=3, seed=0, most=20, pause_s=0.0):
        self.store, self.oracle, self.stream, self.most, self.pause_s = store, oracle, stream, most, pause_s
        self.ending = threading.Event()
        self.answers = 0              # batches that were stored
        self.refusals = {}            # code -> how often
        self.threads = [threading.Thread(target=self.write, args=(random.Random(seed * 100 + i),)) for i in range(writers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def write(self, rng):
        while not self.ending.is_set():
            try:
                self.write_until_refused(rng)
            except (OSError, ValueError, KeyError):
                self.ending.wait(0.01)  # there is no daemon, for the moment

    def write_until_refused(self, rng):
        shards = self.store.open_shards(self.stream)
        appender = self.store.appender(self.stream)
        try:
            while not self.ending.is_set():
                shard = rng.choice(shards)["shard_number"]
                values = [self.oracle.value("raw") for _ in range(rng.randint(1, self.most))]
                code = appender.put(shard, values)
                if code is None:
                    self.answers += 1
                    self.oracle.acked(values, (threading.get_ident(), shard))
                    if self.pause_s:
                        self.ending.wait(self.pause_s)
                    continue
                self.refusals[code] = self.refusals.get(code, 0) + 1
                if code in CERTAIN:
                    self.oracle.refuse(values)
                self.ending.wait(0.01)
                return  # a shard was split, or the log cannot be written: begin anew
        finally:
            appender.close()
