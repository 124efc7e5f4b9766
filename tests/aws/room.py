"""What the cases of tests/aws/run stand on: a daemon with AWS's API on a port of its own, and how cases are run."""

import http.client, json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cases
from cases import expect, same

PATIENCE_S = 60


class Room:
    """A data directory of its own, with AWS's API on a free port; what was started in it ends with it."""

    def __init__(self, *listen, **settings):
        self.path = Path(tempfile.mkdtemp(prefix="kns-aws-"))
        self.environment = {"HOME": str(self.path), "KNS_DATA_DIR": str(self.path / "data"), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PATH": f"{cases.BIN}:/usr/bin:/bin"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        for key, value in settings.items():
            self.kns("config", "set", key.replace("_", "."), value)
        self.kns("daemon", "listen", "aws", "--address", "127.0.0.1:0", *listen)
        self.env = json.loads(self.kns("env", "-o", "json"))
        self.port = int(self.env["endpoint_url"].rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kns("daemon", "stop")
        shutil.rmtree(self.path, ignore_errors=True)

    def kns(self, *words, check=True, **options):
        """What it prints; all about its end, if it need not end well."""
        done = subprocess.run(["kns", *words], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
                              timeout=PATIENCE_S, **options)
        expect(not check or done.returncode == 0, f"kns {' '.join(words)}: exit {done.returncode}: {done.stderr}")
        return done.stdout if check else done

    def client(self, service="kinesis", **more):
        return boto3.client(service, **{"endpoint_url": self.env["endpoint_url"], "region_name": self.env["region"], "aws_access_key_id": self.env["access_key_id"],
                                          "aws_secret_access_key": self.env["secret_access_key"], "config": Config(retries={"total_max_attempts": 1}), **more})

    def raw(self, body, target="Kinesis_20131202.ListStreams", method="POST", path="/", **headers):
        """(status, headers, body) of a request that nobody signed, unless told."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        named = {"content-type": "application/x-amz-json-1.1", **({"x-amz-target": target} if target else {}), **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def refused(code, call, **arguments):
    """The message of the error that a call has to end with."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        same(error.response["Error"]["Code"], code)
        return error.response["Error"]["Message"]
    raise AssertionError(f"not refused with {code}: {answer}")
