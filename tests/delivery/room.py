"""What the cases of tests/delivery share."""

import contextlib, json, os, shutil, signal, socket, subprocess, sys, tempfile, time
from pathlib import Path

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cases
from cases import expect

PATIENCE_S = 60
KEYS = {"access_key_id": "kns", "secret_access_key": "kns/secret+key"}


def until(condition, what):
    """Looks often; what it waits for is another process's doing."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        expect(time.monotonic() < end, f"still not: {what}")
        time.sleep(0.01)
    return found


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Room:
    """A data directory of its own; what was started in it ends with it."""

    def __init__(self, **environment):
        self.path = Path(tempfile.mkdtemp(prefix="kns-delivery-"))
        self.environment = {"HOME": str(self.path), "KNS_DATA_DIR": str(self.path / "data"), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PATH": f"{cases.BIN}:/usr/bin:/bin", **environment}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kns("daemon", "stop", check=False)
        shutil.rmtree(self.path, ignore_errors=True)

    def kns(self, *words, check=True, data=None):
        done = subprocess.run(["kns", *words], check=False, input=data or b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, cwd=self.path, timeout=PATIENCE_S)
        expect(not check or done.returncode == 0, f"kns {' '.join(words)}: exit {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode() if check else done

    def refused(self, *words):
        done = self.kns(*words, check=False)
        expect(done.returncode != 0, f"kns {' '.join(words)} was not refused: {done.stdout}")
        return done.stderr.decode()

    def deliver(self, name):
        return [json.loads(line) for line in self.kns("firehose", "deliver", name, "-o", "ndjson").splitlines()]

    def secret(self, name, **fields):
        self.kns("secret", "set", name, "-", data=json.dumps(fields).encode())


def certificate(path):
    """ca.pem and key.pem there, for 127.0.0.1, vouched for by nobody else."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "ca.pem"],
                   cwd=path, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@contextlib.contextmanager
def s3_server(path, *buckets):
    """versitygw over a directory: it checks signatures and payload hashes."""
    at = path / "s3"
    for bucket in buckets:
        (at / bucket).mkdir(parents=True)
    port = free_port()
    process = subprocess.Popen([Path(os.environ["KNS_TEST_S3"]) / "versitygw", "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(at)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "ROOT_ACCESS_KEY": KEYS["access_key_id"], "ROOT_SECRET_KEY": KEYS["secret_access_key"]})
    try:
        endpoint = f"http://127.0.0.1:{port}"
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEYS["access_key_id"], aws_secret_access_key=KEYS["secret_access_key"],
                          config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

        def answers():
            with contextlib.suppress(Exception):
                return s3.list_buckets()
        until(answers, "an answer of versitygw")
        yield endpoint, s3
    finally:
        process.terminate()
        process.wait()


def objects_in(s3, bucket):
    """(key, the whole answer) of all objects, by key."""
    keys = [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for entry in page.get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key) for key in keys}


def workers_of(room):
    daemon = json.loads(room.kns("daemon", "status", "-o", "json"))["pid"]
    return [int(pid) for pid in Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()]


def killed_while(room, words, progress, steps):
    """Runs the command once for each step, and kills the daemon (odd steps) or its worker when `progress()` has grown by so much. How many
    were killed: fewer than steps if it came to its end."""
    killed = 0
    for more in steps:
        wanted = progress() + more
        asked = subprocess.Popen(["kns", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=room.environment, cwd=room.path)
        until(lambda: progress() >= wanted or asked.poll() is not None, f"{more} more of {' '.join(words)}")
        if asked.poll() == 0:
            break
        if asked.poll() is not None:  # a daemon that was on its way out, under load
            continue
        status = until(lambda: (said := room.kns("daemon", "status", "-o", "json", check=False)).returncode == 0 and said.stdout, "a daemon")
        daemon = json.loads(status)["pid"]
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(daemon if more % 2 else workers_of(room)[0], signal.SIGKILL)
            killed += 1
        asked.wait()
    return killed
