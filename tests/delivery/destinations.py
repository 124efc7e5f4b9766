"""Cases for tests/delivery/run."""

import base64, contextlib, gzip, http.server, io, json, os, random, shutil, signal, socket, ssl, struct, subprocess, sys, threading, time, urllib.request, uuid, zipfile
from pathlib import Path

import zstandard
from kafka.codec import snappy_decode

import iceberg, kafka_topics
from room import KEYS, PATIENCE_S, Room, certificate, expect, free_port, killed_while, objects_in, s3_server, until, workers_of
from cases import run_cases, same


def objects_arrive_in_a_bucket():
    """Signed with a secret; Hive keys, blanks and letters of any kind in them; encoding and type as the service's; small and in many parts."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, s3):
        room.secret("lake", **KEYS)
        to = ("--endpoint", endpoint, "--secret", "lake")
        room.kns("stream", "create", "clicks")
        room.kns("stream", "put", "clicks", data=b"".join(b"click %d\n" % n for n in range(1000)))
        room.kns("firehose", "create", "small", "--source", "clicks", "--to", "s3://lake/raw data/", *to, "--compress", "gzip", "--prefix", "jahr=!{timestamp:yyyy}/für+dich & mich/")
        delivered = room.deliver("small")
        same([made["records"] for made in delivered], [1000])
        found = objects_in(s3, "lake")
        same(list(found), ["raw data/" + delivered[0]["key"]])
        (key, answer), = found.items()
        expect("/für+dich & mich/small-1-" in key and "raw data/jahr=20" in key and key.endswith(".gz"), key)
        same((answer["ContentEncoding"], answer["ContentType"]), ("gzip", "application/octet-stream"))
        same(gzip.decompress(answer["Body"].read()).splitlines(), [b"click %d" % n for n in range(1000)])

        lines = [random.Random(n).randbytes(700).hex().encode() for n in range(25_000)]  # 35 MB, which no one compresses to less than a part
        room.kns("stream", "create", "large")
        room.kns("stream", "put", "large", data=b"\n".join(lines))
        room.kns("firehose", "create", "large", "--source", "large", "--to", "s3://lake/large/", *to, "--buffer", "128MiB,900s")
        large, = room.deliver("large")
        body = s3.get_object(Bucket="lake", Key="large/" + large["key"])
        same(body["Body"].read().splitlines(), lines)
        expect(body["ETag"].strip('"').endswith("-5"), f"in parts of 8 MiB: {body['ETag']}")
        same(s3.list_multipart_uploads(Bucket="lake").get("Uploads", []), [])


def what_a_bucket_refuses_is_said_and_nothing_is_lost():
    """Wrong key, no key, no bucket, nobody there; then the right key, and all is delivered."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, s3):
        room.secret("wrong", access_key_id=KEYS["access_key_id"], secret_access_key="another")
        room.secret("right", **KEYS)
        room.kns("firehose", "create", "d", "--to", "s3://lake/", "--endpoint", endpoint)
        room.kns("firehose", "put", "d", data=b"one\ntwo\n")
        expect("no access key is known for bucket lake" in room.refused("firehose", "deliver", "d"), "without a key")
        room.kns("firehose", "update", "d", "--secret", "wrong")
        said = room.refused("firehose", "deliver", "d")
        expect("SignatureDoesNotMatch" in said and "another" not in said, said)
        room.kns("firehose", "update", "d", "--secret", "right", "--to", "s3://nowhere/")
        expect("NoSuchBucket" in room.refused("firehose", "deliver", "d"), "no bucket")
        room.kns("firehose", "update", "d", "--to", "s3://lake/", "--endpoint", f"http://127.0.0.1:{free_port()}")
        expect("onnect" in room.refused("firehose", "deliver", "d"), "nobody there")
        room.kns("firehose", "update", "d", "--endpoint", endpoint)
        same([made["records"] for made in room.deliver("d")], [2])
        same([answer["Body"].read() for answer in objects_in(s3, "lake").values()], [b"one\ntwo\n"])
        for word in ("another", KEYS["secret_access_key"]):
            shown = room.kns("firehose", "show", "d", "-o", "json") + room.kns("daemon", "logs") + room.kns("job", "list", "-o", "json")
            expect(word not in shown, "a secret is shown")


def partitions_and_failures_are_in_the_bucket_and_failures_come_back_from_it():
    """Objects by a value, error records beside them; once the query is another, a replay takes these up and removes them."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, s3):
        room.secret("lake", **KEYS)
        room.kns("firehose", "create", "d", "--to", "s3://lake/base/", "--endpoint", endpoint, "--secret", "lake", "--partition", "c=.customer", "--error-prefix", "bad=1/!{firehose:error-output-type}/")
        room.kns("firehose", "put", "d", data=b'{"customer":"a b&c"}\n{"customer":"z"}\n{"client":"late"}\n{"customer":"z"}\n')
        made = room.kns("firehose", "deliver", "d", "-o", "json", check=False)
        same((made.returncode, sorted((o["key"].split("/")[0], o["records"]) for o in json.loads(made.stdout))), (7, [("bad=1", 1), ("c=a b&c", 1), ("c=z", 2)]))
        held = {key.rpartition("/")[0]: answer["Body"].read() for key, answer in objects_in(s3, "lake").items()}
        same((held["base/c=z"], held["base/c=a b&c"], len(held)), (b'{"customer":"z"}\n' * 2, b'{"customer":"a b&c"}\n', 3))
        s3.put_object(Bucket="lake", Key="base/bad=1/processing-failed/others-1-x", Body=b"not ours")
        same([o["records"] for o in json.loads(room.kns("firehose", "replay", "d", "--dry-run", "-o", "json"))], [1])
        room.kns("firehose", "update", "d", "--partition", "c=.customer // .client")
        room.kns("firehose", "replay", "d")
        held = {key.rpartition("/")[0]: answer["Body"].read() for key, answer in objects_in(s3, "lake").items()}
        same((held["base/c=late"], sorted(held)), (b'{"client":"late"}\n', ["base/bad=1/processing-failed", "base/c=a b&c", "base/c=late", "base/c=z"]))
        same(json.loads(room.kns("firehose", "replay", "d", "-o", "json")), [])


@contextlib.contextmanager
def lambda_emulator(function):
    """AWS's emulator of Lambda around the function; the URL at which it is invoked."""
    port, api_port = free_port(), free_port()
    process = subprocess.Popen([Path(os.environ["KNS_TEST_FUNCTION"]) / "aws-lambda-rie", "--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{api_port}", str(function / "bootstrap")],
                               cwd=function, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: can_connect(port), "the emulator listens")
        yield f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def can_connect(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def a_lambda_function_on_aws_own_library_transforms_here_and_behind_a_url():
    """The same program, asking kns for events, and invoked in AWS's emulator: the same objects, the same failures."""
    function = Path(os.environ["KNS_TEST_FUNCTION"]) / "function"
    with Room() as room, lambda_emulator(function) as url:
        here = room.path / "function"
        shutil.copytree(function, here)
        room.kns("stream", "create", "s")
        results = []
        for name, transform in (("here", f"lambda:{here}"), ("there", f"lambda:{url}")):
            room.kns("firehose", "create", name, "--source", "s", "--from", "start", "--to", f"./{name}", "--transform", transform, "--transform-retries", "1", "--prefix", "!{partitionKeyFromLambda:first}/!{partitionKeyFromLambda:shard}/")
        room.kns("stream", "put", "s", data=b"apple\ndrop\nbanana\nfail\navocado\n")
        for name in ("here", "there"):
            until(lambda: json.loads(room.kns("firehose", "show", name, "-o", "json"))["pending_records"] == 0 or room.kns("firehose", "deliver", name, check=False), "all is delivered")
            found = {str(path.relative_to(room.path / name).parent): path.read_text() for path in (room.path / name).rglob("*") if path.is_file()}
            lost = [json.loads(text) for folder, text in found.items() if folder.startswith("processing-failed")]
            same([(one["errorCode"], base64.b64decode(one["rawData"])) for one in lost], [("Lambda.ProcessingFailedStatus", b"fail")])
            results.append({folder: text for folder, text in found.items() if not folder.startswith("processing-failed")})
        same(results[0], {"a/shardId-000000000000": "APPLE\nAVOCADO\n", "b/shardId-000000000000": "BANANA\n"})
        same(results[1], results[0])
        # One that panics ends; it is started anew for each attempt, and for those that come after.
        room.kns("stream", "put", "s", data=b"panic\n")
        room.kns("firehose", "deliver", "here", check=False)
        room.kns("stream", "put", "s", data=b"cherry\n")
        room.kns("firehose", "deliver", "here", check=False)
        lost = [json.loads(line) for path in (room.path / "here/processing-failed").rglob("*") if path.is_file() for line in path.read_text().splitlines()]
        same(sorted((one["errorCode"], one["attemptsMade"], base64.b64decode(one["rawData"])) for one in lost), [("Lambda.FunctionError", 2, b"panic"), ("Lambda.ProcessingFailedStatus", 1, b"fail")])
        same([path.read_text() for path in (room.path / "here/c").rglob("*") if path.is_file()], ["CHERRY\n"])


def keys_come_from_the_environment_and_from_aws_own_file():
    """AWS_ACCESS_KEY_ID of the daemon, the profiles of ~/.aws/credentials."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, s3):
        (room.path / ".aws").mkdir()
        (room.path / ".aws/credentials").write_text(f"# mine\n[default]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n\n[lake]\naws_access_key_id={KEYS['access_key_id']}\n"
                                                    f"aws_secret_access_key = {KEYS['secret_access_key']}\nregion = eu-west-1\n")
        for name, more in (("profile", ("--profile", "lake")), ("default", ()), ("absent", ("--profile", "absent"))):
            room.kns("firehose", "create", name, "--to", f"s3://lake/{name}/", "--endpoint", endpoint, *more)
            room.kns("firehose", "put", name, "--data", name)
        same(len(room.deliver("profile")), 1)
        said = room.refused("firehose", "deliver", "default")
        expect("access key ID" in said, said)
        expect('no keys for the profile "absent"' in room.refused("firehose", "deliver", "absent"), "an absent profile")
        room.kns("daemon", "stop")
        room.environment |= {"AWS_ACCESS_KEY_ID": KEYS["access_key_id"], "AWS_SECRET_ACCESS_KEY": KEYS["secret_access_key"]}
        same(len(room.deliver("default")), 1)
        same(sorted(key.split("/")[0] for key in objects_in(s3, "lake")), ["default", "profile"])


def a_killed_worker_leaves_no_half_object():
    """SIGKILL at any moment of a large upload: in the end each record is there once, and no upload is left open."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, s3):
        room.secret("lake", **KEYS)
        lines = [random.Random(n).randbytes(700).hex().encode() for n in range(40_000)]
        room.kns("stream", "create", "s")
        room.kns("stream", "put", "s", data=b"\n".join(lines))
        room.kns("firehose", "create", "d", "--source", "s", "--to", "s3://lake/", "--endpoint", endpoint, "--secret", "lake", "--buffer", "128MiB,900s")
        moments = random.Random(1)
        for _ in range(4):
            with subprocess.Popen(["kns", "firehose", "deliver", "d"], env=room.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asked:
                open_uploads = lambda: s3.list_multipart_uploads(Bucket="lake").get("Uploads") or asked.poll() is not None
                until(open_uploads, "an upload under way")
                time.sleep(moments.random() / 20)  # which moment is the point; that there is one was waited for
                for worker in workers_of(room):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
        room.kns("firehose", "deliver", "d")
        found = objects_in(s3, "lake")
        same(len(found), 1)
        same([line for answer in found.values() for line in answer["Body"].read().splitlines()], lines)
        same(s3.list_multipart_uploads(Bucket="lake").get("Uploads", []), [])


def whoever_is_killed_each_record_is_in_one_object_once():
    """Worker or daemon, at one object after the other, with a transform on the way and partitions behind it: names follow from what is in them, so what is made again replaces itself."""
    with Room() as room:
        count = 40_000
        room.kns("stream", "create", "s")
        room.kns("firehose", "create", "d", "--source", "s", "--to", "./out", "--transform", "sed -u s/old/new/", "--transform-buffer", "8KiB", "--partition", "p=.p", "--buffer", "64KiB,900s")
        room.kns("stream", "put", "s", data=b"".join(b'{"p":"%d","n":%d,"is":"old %s"}\n' % (n % 4, n, b"." * 60) for n in range(count)))
        made = lambda: [path for path in (room.path / "out").rglob("d-*") if path.is_file()]
        killed = killed_while(room, ("firehose", "deliver", "d"), lambda: len(made()), (1, 2, 1, 3, 4, 2, 1))
        expect(killed >= 4, f"only {killed} were killed")
        until(lambda: room.kns("firehose", "deliver", "d", check=False).returncode == 0, "all is delivered")
        lines = [json.loads(line) for path in made() for line in path.read_text().splitlines()]
        same(sorted(line["n"] for line in lines), list(range(count)))
        expect(all(line["is"].startswith("new") for line in lines) and all(f"p={json.loads(path.read_text().splitlines()[0])['p']}/" in str(path) for path in made()), "changed, and where it belongs")
        same([str(path) for path in (room.path / "out").rglob(".kns-*")], [])


def whoever_is_killed_in_a_replay_no_record_is_lost():
    """Worker or daemon, between one object of error records and the next: what it had in hand comes again, all else once."""
    with Room() as room:
        objects, each = 50, 12
        count = objects * each
        room.kns("firehose", "create", "d", "--to", "./out", "--partition", "p=.p")
        for first in range(0, count, each):
            room.kns("firehose", "put", "d", data=b"".join(b'{"q":"%d","n":%d}\n' % (n % 3, n) for n in range(first, first + each)))
            same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        failed = lambda: [path for path in (room.path / "out/processing-failed").rglob("d-*") if path.is_file()]
        same(len(failed()), objects)
        room.kns("firehose", "update", "d", "--partition", "p=(.p // .q)")
        killed = killed_while(room, ("firehose", "replay", "d"), lambda: objects - len(failed()), (3, 8, 5, 2, 6))
        expect(killed >= 3, f"only {killed} were killed")
        until(lambda: room.kns("firehose", "replay", "d", check=False).returncode == 0, "all is delivered")
        same(failed(), [])
        found = [json.loads(line)["n"] for path in (room.path / "out").glob("p=*/d-*") for line in path.read_text().splitlines()]
        same(sorted(set(found)), list(range(count)))
        again = len(found) - count
        expect(again <= killed * each, f"{again} records came twice")


class Receiver(http.server.ThreadingHTTPServer):
    """A destination on a free port, by its documented contract: where nothing real can be installed. `script`: what to do with the next
    requests, then they are taken."""

    def __init__(self, *script):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.script = list(script)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass  # a client that is cut off is part of the script


class Endpoint(Receiver):
    """An HTTP endpoint that holds its client to Firehose's contract."""

    def __init__(self, *script):
        super().__init__(*script)
        self.seen, self.taken, self.wrong = [], [], []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/in/a%2Fb?x=1&y"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            request = json.loads(body)
            self.server.seen.append((dict(self.headers), request, self.path))
            records = [base64.b64decode(record["data"], validate=True) for record in request["records"]]
            for holds, words in ((self.headers["X-Amz-Firehose-Request-Id"] == request["requestId"], "ids differ"), (1 <= len(records) <= 10_000, f"{len(records)} records"),
                                 (abs(request["timestamp"] - time.time() * 1000) < 60_000, "another time"), (self.headers["Content-Type"] == "application/json", "type"),
                                 (self.headers["X-Amz-Firehose-Protocol-Version"] == "1.0", "version"), (set(request) == {"requestId", "timestamp", "records"}, "members")):
                if not holds:
                    self.server.wrong.append(words)
            what = self.server.script.pop(0) if self.server.script else "take"
            answer = {"requestId": request["requestId"], "timestamp": int(time.time() * 1000)}
            if what == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            if what == "another id":
                answer["requestId"] = str(uuid.uuid4())
            said = {"half": json.dumps(answer)[:20], "no json": "fine", "large": "x" * (1 << 20) + "x"}.get(what, json.dumps(answer)).encode()
            if what == "take":
                self.server.taken.append(records)
            self.send_response(what if isinstance(what, int) else 200)
            if what == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "text/plain" if what == "no type" else "application/json")
            self.send_header("Content-Length", str(len(said) + (100 if what == "half" else 0)))
            if what == "half":
                self.close_connection = True
            self.end_headers()
            self.wfile.write(said)


def an_endpoint_whose_certificate_only_we_know_is_one_we_can_name():
    """With TLS: who is vouched for by nobody gets nothing; with the setting tls.ca, at once, all that waits."""
    with Room() as room, Endpoint() as endpoint:
        certificate(room.path)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(room.path / "ca.pem", room.path / "key.pem")
        endpoint.socket = tls.wrap_socket(endpoint.socket, server_side=True)
        room.kns("firehose", "create", "d", "--to", endpoint.url.replace("http:", "https:"), "--backup", "./lost")
        room.kns("firehose", "put", "d", data=b"waits")
        said = room.refused("firehose", "deliver", "d")
        expect("certificate" in said and endpoint.seen == [], said)
        room.kns("config", "set", "tls.ca", str(room.path / "ca.pem"))
        room.deliver("d")
        same(endpoint.taken, [[b"waits"]])


def an_endpoint_gets_requests_to_the_letter():
    """Headers, ids, order, gzip, attributes, the key from a secret, the URL as it was written; not more than 10,000 records at once."""
    with Room() as room, Endpoint() as endpoint:
        room.secret("key", api_key="a key: with all of it")
        room.kns("firehose", "create", "d", "--to", endpoint.url, "--secret", "key", "--compress", "gzip", "--attribute", "team=wéb", "--attribute", "env=", "--buffer", "64MiB,900s")
        lines = [f"line {n}" for n in range(25_000)]
        room.kns("firehose", "put", "d", data="\n".join(lines).encode())
        made = room.deliver("d")
        same(([len(records) for records in endpoint.taken], endpoint.wrong), ([10_000, 10_000, 5000], []))
        same([record.decode() for records in endpoint.taken for record in records], lines)
        headers, request, path = endpoint.seen[0]
        same(path, "/in/a%2Fb?x=1&y")
        same(headers["X-Amz-Firehose-Access-Key"], "a key: with all of it")
        same(json.loads(headers["X-Amz-Firehose-Common-Attributes"].encode("latin-1")), {"commonAttributes": {"env": "", "team": "wéb"}})
        same((headers["X-Amz-Firehose-Source-Arn"], headers["Content-Encoding"]), ("arn:aws:firehose:us-east-1:000000000000:deliverystream/d", "gzip"))
        same([object["key"] for object in made], [request["requestId"] for _, request, _ in endpoint.seen])
        for object in made:
            uuid.UUID(object["key"])
        room.kns("firehose", "update", "d", "--compress", "none", "--secret", "")
        room.kns("firehose", "put", "d", data=bytes(range(256)), )
        room.deliver("d")
        headers, request, path = endpoint.seen[-1]
        expect("X-Amz-Firehose-Access-Key" not in headers and "Content-Encoding" not in headers, headers)


def a_key_that_belongs_into_the_url_is_put_there_and_not_shown():
    """As Sumo Logic wants it; and nothing is sent without the key."""
    with Room() as room, Endpoint() as endpoint:
        url = endpoint.url.split("/in/")[0] + "/receiver/v1/kinesis/log/{api_key}"
        room.secret("key", api_key="hush-hush==")
        room.kns("firehose", "create", "d", "--to", url)
        room.kns("firehose", "put", "d", "--data", "one")
        expect("needs a key" in room.refused("firehose", "deliver", "d"), "sent without a key?")
        room.kns("firehose", "update", "d", "--secret", "key")
        room.deliver("d")
        (headers, _, path), = endpoint.seen
        same((path, "X-Amz-Firehose-Access-Key" in headers, endpoint.wrong), ("/receiver/v1/kinesis/log/hush-hush==", False, []))
        expect("hush" not in room.kns("firehose", "show", "d", "-o", "json") + room.kns("job", "list", "-o", "json") + room.kns("daemon", "logs"), "the key is shown")


def what_an_endpoint_does_not_take_is_sent_again_and_then_backed_up():
    """Each way of not taking a request; the id stays; when the time is over all is in the backup as the service writes it."""
    ways = [500, 429, 302, 403, "reset", "half", "no json", "no type", "another id", "large"]
    with Room() as room, Endpoint(*ways) as endpoint:
        room.kns("firehose", "create", "d", "--to", endpoint.url, "--retry", "7200s")
        room.kns("firehose", "put", "d", data=b"one\ntwo\n")
        until(lambda: room.kns("firehose", "deliver", "d", check=False).returncode == 0, "delivered")
        same((len(endpoint.seen), endpoint.taken, endpoint.wrong), (len(ways) + 1, [[b"one", b"two"]], []))
        same(len({request["requestId"] for _, request, _ in endpoint.seen}), 1)

        endpoint.script = [500] * 3
        room.kns("firehose", "update", "d", "--retry", "0s", "--backup", "./backup")
        room.kns("firehose", "put", "d", data=b"three\n")
        done = room.kns("firehose", "deliver", "d", "-o", "ndjson", check=False)
        same(done.returncode, 7)
        failed, = [json.loads(line) for line in done.stdout.splitlines()]
        same((failed["failure"], failed["records"]), ("http-endpoint-failed", 1))
        expect(failed["key"].startswith("http-endpoint-failed/20"), failed["key"])
        record, = [json.loads(line) for line in (room.path / "backup" / failed["key"]).read_text().splitlines()]
        same(list(record), ["attemptsMade", "arrivalTimestamp", "errorCode", "errorMessage", "attemptEndingTimestamp", "rawData", "subsequenceNumber", "dataId"])
        same((record["attemptsMade"], record["errorCode"], base64.b64decode(record["rawData"]), record["subsequenceNumber"]), (1, "HttpEndpoint.DestinationException", b"three", 0))
        expect("500" in record["errorMessage"] and record["dataId"].startswith("49") and record["dataId"].endswith(".0"), record)
        expect(0 <= record["attemptEndingTimestamp"] - record["arrivalTimestamp"] < 60_000, record)

        endpoint.script = [413]
        room.kns("firehose", "update", "d", "--retry", "7200s")
        room.kns("firehose", "put", "d", data=b"too large\n")
        same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        room.kns("firehose", "put", "d", data=b"fine\n")
        room.deliver("d")
        same(endpoint.taken[1:], [[b"fine"]])
        shown = json.loads(room.kns("firehose", "show", "d", "-o", "json"))
        same((shown["delivered_records"], shown["failed_records"], shown["pending_records"]), (3, 2, 0))


@contextlib.contextmanager
def opensearch_node(path):
    at, port = os.environ["KNS_TEST_OPENSEARCH"], free_port()
    with subprocess.Popen(["java", "-Xmx512m", "-cp", f"{at}/jars/*:{at}", "OpenSearchNode", str(path / "opensearch"), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as node:
        try:
            expect(any(line == "ready\n" for line in node.stdout), "the node did not start")

            def ask(path, body=None, method=None):
                request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", None if body is None else json.dumps(body).encode(), {"content-type": "application/json"}, method=method)
                with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                    return json.loads(answer.read())
            yield port, ask
        finally:
            node.stdin.close()


def documents_arrive_in_an_index():
    """On a real node: ids that stay, rotation by arrival, lines with breaks in them; what is no document or does not fit the mapping is
    backed up, and the others are there; what was sent twice is there once."""
    with Room() as room, opensearch_node(room.path) as (port, ask):
        url = f"opensearch+http://127.0.0.1:{port}/clicks"
        room.kns("firehose", "create", "d", "--to", f"{url}?rotation=OneDay", "--backup", "./lost")
        records = [json.dumps({"n": n, "when": "für dich"}) for n in range(2500)]
        room.kns("firehose", "put", "d", data="\n".join(records).encode())
        same(sum(made["records"] for made in room.deliver("d")), 2500)
        ask("/_refresh", {})
        index, = [name for name in ask("/_aliases") if name.startswith("clicks")]
        same(index, time.strftime("clicks-%Y-%m-%d", time.gmtime()))
        same(ask(f"/{index}/_count")["count"], 2500)
        found = ask(f"/{index}/_search?q=n:1234")["hits"]["hits"]
        same([(hit["_source"]["n"], hit["_id"].isdigit()) for hit in found], [(1234, True)])

        room.kns("firehose", "put", "d", "--format", "raw", data=b'{\n "n": 1,\r\n "when": "one\\ntwo" }')
        room.deliver("d")
        room.kns("firehose", "put", "d", data=b'not json\n[1]\n{"n":"no number"}\n{"n":9999}')
        done = room.kns("firehose", "deliver", "d", "-o", "ndjson", check=False)
        same(done.returncode, 7)
        data, lost = [json.loads(line) for line in done.stdout.splitlines()]
        same((data["records"], lost["records"], lost["failure"]), (1, 3, "AmazonOpenSearchService_failed"))
        lines = [json.loads(line) for line in (room.path / "lost" / lost["key"]).read_text().splitlines()]
        same([base64.b64decode(line["rawData"]) for line in lines], [b"not json", b"[1]", b'{"n":"no number"}'])
        same([(line["errorCode"], line["esIndexName"]) for line in lines], [("400", index)] * 3)
        expect("mapper_parsing_exception" in lines[2]["errorMessage"] and lines[2]["esDocumentId"].isdigit(), lines[2])

        # All of it again, from the start of a stream, by a delivery stream that dies after it was sent and before that was known.
        room.kns("stream", "create", "s")
        room.kns("stream", "put", "s", data="\n".join(records).encode())
        for name in ("first", "second"):
            room.kns("firehose", "create", name, "--source", "s", "--to", f"opensearch+http://127.0.0.1:{port}/twice")
            room.deliver(name)
        room.kns("firehose", "create", "third", "--source", "s", "--to", f"opensearch+http://127.0.0.1:{port}/thrice?id=none")
        room.deliver("third")
        ask("/_refresh", {})
        same((ask("/twice/_count")["count"], ask("/thrice/_count")["count"]), (2500, 2500))
        ask("/twice/_settings", {"index.blocks.write": True}, "PUT")
        room.kns("stream", "put", "s", data=b'{"n":1}')
        expect("403" in room.refused("firehose", "deliver", "first") or "not taken" in room.refused("firehose", "deliver", "first"), "a blocked index")


class Collector(Receiver):
    """Splunk's HTTP event collector. Acknowledges the second time it is asked."""

    TOKEN = "b5a3-e1"

    def __init__(self, *script):
        super().__init__(*script)
        self.taken, self.asked, self.channels = {}, {}, set()
        self.url = f"splunk+http://127.0.0.1:{self.server_address[1]}"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def say(self, status, **answer):
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_POST(self):
            collector, body = self.server, self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Authorization") != f"Splunk {collector.TOKEN}":
                return self.say(403, text="Invalid token", code=4)
            uuid.UUID(self.headers["X-Splunk-Request-Channel"])
            collector.channels.add(self.headers["X-Splunk-Request-Channel"])
            if self.path == "/services/collector/ack":
                ids = json.loads(body)["acks"]
                for one in ids:
                    collector.asked[one] = collector.asked.get(one, 0) + 1
                return self.say(200, acks={str(one): collector.asked[one] > 1 and collector.taken[one][1] for one in ids})
            what = collector.script.pop(0) if collector.script else "take"
            if what == "busy":
                return self.say(503, text="Server is busy", code=9)
            if what == "no ack":
                return self.say(200, text="Success", code=0)
            if self.path == "/services/collector/event":
                decoder, at, text, events = json.JSONDecoder(), 0, body.decode(), []
                while at < len(text.rstrip()):
                    event, at = decoder.raw_decode(text, at)
                    at += len(text[at:]) - len(text[at:].lstrip())
                    if "event" not in event:
                        return self.say(400, **{"text": "Event field is required", "code": 12, "invalid-event-number": len(events)})
                    events.append(event["event"])
                body = events
            ack = len(collector.taken)
            collector.taken[ack] = (body, what != "never")
            self.say(200, text="Success", code=0, ackId=ack)


def splunk_has_acknowledged_before_it_counts():
    """Raw and event, the token from a secret, acknowledgements that come late or never, a busy server; an event that is wrong is backed up by
    itself."""
    with Room() as room, Collector("busy") as collector:
        room.secret("hec", token=Collector.TOKEN)
        room.kns("firehose", "create", "d", "--to", collector.url, "--secret", "hec")
        room.kns("firehose", "put", "d", data=b"one\ntwo\n")
        expect("Server is busy" in room.refused("firehose", "deliver", "d"), "busy")
        same([made["records"] for made in room.deliver("d")], [2])
        same((collector.taken, collector.asked), ({0: (b"one\ntwo\n", True)}, {0: 2}))

        room.kns("firehose", "update", "d", "--to", f"{collector.url}?ack_timeout=1s")
        collector.script = ["never", "no ack"]
        room.kns("firehose", "put", "d", data=b"three\n")
        expect("did not acknowledge within 1s" in room.refused("firehose", "deliver", "d"), "late")
        expect("acknowledgement is switched off" in room.refused("firehose", "deliver", "d"), "without acknowledgements")
        room.deliver("d")
        same([body for body, _ in collector.taken.values()], [b"one\ntwo\n", b"three\n", b"three\n"])

        room.kns("firehose", "update", "d", "--to", f"{collector.url}/?type=event", "--backup", "./lost")
        room.kns("firehose", "put", "d", data=b'{"event":"a"}\n{"no":"event"}\n{"event":{"b":1}}\n')
        done = room.kns("firehose", "deliver", "d", "-o", "ndjson", check=False)
        same((done.returncode, list(collector.taken.values())[-1][0]), (7, ["a", {"b": 1}]))
        data, lost = [json.loads(line) for line in done.stdout.splitlines()]
        record = json.loads((room.path / "lost" / lost["key"]).read_text())
        same((lost["failure"], base64.b64decode(record["rawData"]), record["errorCode"], record["EventId"][:2]), ("splunk-failed", b'{"no":"event"}', "Splunk.InvalidDataFormat", "49"))
        room.secret("hec", token="another")
        room.kns("firehose", "put", "d", data=b'{"event":1}')
        said = room.refused("firehose", "deliver", "d")
        expect("Invalid token" in said and "another" not in said, said)


@contextlib.contextmanager
def postgres_server(path):
    """PostgreSQL on a port of its own, with passwords; a function that asks it as its administrator."""
    programs, at, port = Path(os.environ["KNS_TEST_POSTGRES"]) / "usr/lib/postgresql/15/bin", path / "postgres", free_port()
    at.mkdir()
    (path / "password").write_text("admin")
    as_who = {}
    if os.getuid() == 0:  # it refuses to run as root
        shutil.chown(at, "nobody")
        os.chmod(path, 0o755)
        as_who = {"user": "nobody", "extra_groups": []}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, "cwd": at, **as_who}
    subprocess.run([programs / "initdb", "-D", at / "data", "-U", "admin", "-A", "scram-sha-256", "--pwfile", path / "password", "-N", "-E", "UTF8"], check=True, **quiet)
    server = subprocess.Popen([programs / "postgres", "-D", at / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={at}", "-c", "fsync=off"], **quiet)

    def ask(sql, check=True):
        done = subprocess.run([programs / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "admin", "-d", "postgres", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={"PATH": "/usr/bin:/bin", "PGPASSWORD": "admin", "PGCONNECT_TIMEOUT": "5"})
        expect(not check or done.returncode == 0, done.stderr.decode())
        return done.stdout.decode().strip() if check else done.returncode == 0

    try:
        until(lambda: ask("SELECT 1", check=False), "PostgreSQL answers")
        yield port, ask
    finally:
        server.terminate()
        server.wait()


def rows_arrive_in_a_table_and_what_it_will_not_take_goes_to_the_backup():
    """By the names of columns; types, constraints and broken records; a lost connection; a record as one value."""
    with Room() as room, postgres_server(room.path) as (port, ask):
        ask("CREATE ROLE kns LOGIN PASSWORD 'hush hush'; CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO kns")
        ask('CREATE TABLE shop.clicks ("user" text NOT NULL, n int UNIQUE, at timestamptz, tags jsonb, price numeric); GRANT INSERT, SELECT ON shop.clicks TO kns')
        ask("CREATE TABLE lines (line text); GRANT INSERT ON lines TO kns")
        at = f"postgres://kns@127.0.0.1:{port}/postgres"
        room.secret("db", password="hush hush")
        room.kns("firehose", "create", "d", "--to", f"{at}?table=shop.clicks", "--backup", "./lost", "--retry", "7200s")
        good = [{"user": "ann", "n": 1, "at": "2026-01-02T03:04:05Z", "tags": {"a": ["\\ \t \n \" ü"]}, "price": 1.25}, {"n": 2, "user": "bob", "other": True}, {"user": "", "n": 3}]
        bad = [{"user": "no number", "n": "x"}, {"n": 4}, {"user": "twice", "n": 2}, "no json", [1], {"user": "nul \x00", "n": 5}]
        records = [good[0], bad[0], bad[1], good[1], bad[2], bad[3], good[2], bad[4], bad[5]]
        room.kns("firehose", "put", "d", data=b"".join((record if isinstance(record, str) else json.dumps(record)).encode() + b"\n" for record in records))
        said = room.refused("firehose", "deliver", "d")
        expect("password" in said and "hush" not in said, said)
        room.kns("firehose", "update", "d", "--secret", "db")
        made = room.kns("firehose", "deliver", "d", "-o", "json", check=False)
        same((made.returncode, sorted((o["records"], o["failure"]) for o in json.loads(made.stdout))), (7, [(3, ""), (6, "postgres-failed")]))
        same(ask('SELECT "user", n, at AT TIME ZONE \'UTC\', tags->\'a\'->>0 = E\'\\\\ \\t \\n " ü\', price FROM shop.clicks ORDER BY n'), "ann|1|2026-01-02 03:04:05|t|1.25\nbob|2|||\n|3|||")
        lost = [json.loads(line) for path in (room.path / "lost").rglob("*") if path.is_file() for line in path.read_text().splitlines()]
        same(sorted(one["errorCode"] for one in lost), ["Postgres.22021", "Postgres.22P02", "Postgres.23502", "Postgres.23505", "Postgres.MalformedData", "Postgres.MalformedData"])
        same(room.kns("firehose", "explain", "d", "--data", json.dumps(good[1]), "-o", "json").count("COPY shop.clicks (all columns)"), 1)
        # A table that is not there is an error of all: tried again, and nothing is lost.
        room.kns("firehose", "update", "d", "--to", f"{at}?table=shop.later&columns=n")
        room.kns("firehose", "put", "d", "--data", '{"n":7}')
        expect('relation "shop.later" does not exist' in room.refused("firehose", "deliver", "d"), "what was said?")
        ask("CREATE TABLE shop.later (n int); GRANT INSERT ON shop.later TO kns")
        room.deliver("d")
        same(ask("SELECT * FROM shop.later"), "7")
        # One whose connection is cut.
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kns'")
        room.kns("firehose", "create", "raw", "--to", f"{at}?table=lines&columns=line&format=raw", "--secret", "db")
        room.kns("firehose", "put", "raw", data=b"a\\b\tc\n\\.\n")
        room.deliver("raw")
        same(ask("SELECT line FROM lines"), "a\\b\tc\n\\.")
        expect("hush" not in room.kns("firehose", "list", "-o", "json") + room.kns("daemon", "logs"), "the password is shown")


def rows_are_loaded_by_copy_from_a_bucket_and_what_is_not_stays_there():
    """Redshift's COPY with a manifest, as the cluster's stand-in before a real PostgreSQL takes it; gzip; a refusal, and its manifest below errors/."""
    from redshift_proxy import Refused, cluster

    with Room() as room, postgres_server(room.path) as (port, ask), s3_server(room.path, "lake") as (endpoint, s3):
        ask("CREATE ROLE kns LOGIN PASSWORD 'hush'; CREATE SCHEMA shop; CREATE TABLE shop.clicks (n int, word text, tags text)")
        columns_of = lambda table: ask(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table.split('.')[-1].strip(chr(34))}' ORDER BY ordinal_position").split()

        def load(table, columns, text):
            names = ", ".join(f'"{name}"' for name in columns)
            done = subprocess.run([Path(os.environ["KNS_TEST_POSTGRES"]) / "usr/lib/postgresql/15/bin/psql", "-h", "127.0.0.1", "-p", str(port), "-U", "admin", "-d", "postgres", "-c", f"COPY {table} ({names}) FROM STDIN CSV"], check=False,
                                  input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": "/usr/bin:/bin", "PGPASSWORD": "admin"})
            if done.returncode:
                raise Refused("XX000", "Load into table 'clicks' failed. Check 'stl_load_errors' system table for details.")

        with cluster(port, s3, columns_of, load) as warehouse:
            room.secret("warehouse", password="hush")
            room.secret("lake", **KEYS)
            room.kns("firehose", "create", "d", "--to", f"redshift://kns@127.0.0.1:{warehouse.port}/postgres?table=shop.clicks&columns=n,word&staging=s3://lake/in/&staging_secret=lake&iam_role=arn:aws:iam::1:role/r", "--endpoint", endpoint,
                     "--secret", "warehouse", "--compress", "gzip", "--retry", "7200s", "--prefix", "one day/!{timestamp:yyyy}/")
            room.kns("firehose", "put", "d", data=b'{"n":1,"word":"one, \\"two\\""}\n{"word":null,"n":2,"tags":["x"]}\n')
            made, = room.deliver("d")
            same((made["records"], made["failure"], made["url"].startswith("s3://lake/in/one%20day/20")), (2, "", True))
            same(ask("SELECT n, word, tags FROM shop.clicks ORDER BY n"), '1|one, "two"|\n2||')
            key = "in/" + made["key"]
            same(warehouse.statements, [f"COPY \"shop\".\"clicks\" (\"n\", \"word\") FROM 's3://lake/in/manifests/{made['key']}' IAM_ROLE 'arn:aws:iam::1:role/r' MANIFEST FORMAT AS JSON 'auto' GZIP"])
            same(sorted(objects_in(s3, "lake")), sorted([key, f"in/manifests/{made['key']}"]))
            explained = room.kns("firehose", "explain", "d", data=b'{"n":3}')
            expect("COPY \"shop\".\"clicks\" (\"n\", \"word\") FROM 's3://lake/in/manifests/" in explained, explained)
            # What it refuses is tried again, and nothing is lost; when the time is over it is skipped, and named.
            room.kns("firehose", "put", "d", "--data", '{"n":"many","word":"?"}')
            said = room.refused("firehose", "deliver", "d")
            expect("stl_load_errors" in said and "hush" not in said, said)
            room.kns("firehose", "update", "d", "--retry", "0s")
            done = room.kns("firehose", "deliver", "d", "-o", "json", check=False)
            skipped, = json.loads(done.stdout)
            same((done.returncode, skipped["records"], skipped["failure"]), (7, 1, "redshift-failed"))
            named = json.loads(objects_in(s3, "lake")[f"in/errors/manifests/{skipped['key']}"]["Body"].read())
            same(named["entries"][0]["url"], "s3://lake/in/" + skipped["key"])
            # A record that fails before it is staged is not loaded.
            room.kns("firehose", "update", "d", "--transform", "false", "--transform-retries", "0")
            room.kns("firehose", "put", "d", "--data", '{"n":3}')
            room.kns("firehose", "deliver", "d", check=False)
            expect(any(key.startswith("in/processing-failed/") for key in objects_in(s3, "lake")), "where is the record?")
            same(len(warehouse.statements), 3)
            expect("hush" not in room.kns("firehose", "list", "-o", "json") + room.kns("daemon", "logs"), "the password is shown")


def unzipped(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        name, = archive.namelist()
        same((len(name), name.count("-"), archive.testzip()), (36, 4, None))
        return archive.read(name)


def unsnapped_by_hadoop(packed):
    at = os.environ["KNS_TEST_HADOOP"]
    return subprocess.run(["java", "-cp", f"{at}:{at}/jars/*", "HadoopSnappy"], input=packed, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S).stdout


DECODERS = {"gzip": (".gz", gzip.decompress), "zip": (".zip", unzipped), "snappy": (".snappy", snappy_decode), "hadoop-snappy": (".snappy", unsnapped_by_hadoop),
            "zstd": (".zst", lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed))}


def each_compression_is_read_by_others():
    """One record, none of a block's size, and more than a block of each kind."""
    with Room() as room:
        lines = [random.Random(n).randbytes(random.Random(n).randrange(40)).hex().encode() * 3 for n in range(40_000)]
        room.kns("stream", "create", "s")
        room.kns("stream", "put", "s", data=b"\n".join(lines))
        for name, (extension, decode) in DECODERS.items():
            if decode is unsnapped_by_hadoop and not os.environ["KNS_TEST_HADOOP"]:
                continue  # as tests/delivery/run has said
            room.kns("firehose", "create", name, "--source", "s", "--to", f"./{name}", "--compress", name)
            made, = room.deliver(name)
            expect(made["key"].endswith(extension), made["key"])
            packed = (room.path / name / made["key"]).read_bytes()
            expect(len(packed) == made["stored_bytes"] < made["bytes"], f"{name}: {len(packed)} bytes of {made['bytes']}")
            same(decode(packed).splitlines(), lines)
            room.kns("firehose", "create", f"{name}-1", "--to", f"./{name}-1", "--compress", name)
            room.kns("firehose", "put", f"{name}-1", "--data", "x")
            made, = room.deliver(f"{name}-1")
            same(decode((room.path / f"{name}-1" / made["key"]).read_bytes()), b"x\n")


TABLE = """CREATE EXTERNAL TABLE clicks (id bigint, name string, price decimal(12,2), at timestamp, moment timestamp with time zone, day date, ok boolean, share double,
  tags array<string>, counts map<string,int>, geo struct<lat:double,lon:float>) STORED AS PARQUET"""
ORC_READER = """
import glob, json, sys, pyarrow.orc
rows = [row for name in sorted(glob.glob(sys.argv[1] + "/**/*.orc", recursive=True)) for row in pyarrow.orc.read_table(name).to_pylist()]
print(json.dumps(rows, default=str))
"""


def table_records(count):
    """(what is put, the row it is) of so many records, nulls and nested values among them."""
    chance = random.Random(7)
    for n in range(count):
        second = chance.randrange(60)
        row = {"id": n, "name": chance.choice(("ann", "bob", "ÿ\n\"", "", None)), "price": f"{chance.randrange(10**8) / 100:.2f}", "at": f"2026-01-02T03:04:{second:02}.{n % 1000:03}Z", "moment": 1767323045 + n,
               "day": f"2026-{chance.randrange(1, 13):02}-28", "ok": chance.choice((True, False, None)), "share": chance.random(), "tags": chance.choice(([], ["a", None, "b"], None)),
               "counts": chance.choice(({}, {"x": 1, "y": -2}, None)), "geo": chance.choice(({"lat": 1.5, "lon": 2.5}, {"lat": 3.25}, None))}
        yield {key.upper() if n % 2 else key: value for key, value in row.items() if value is not None or n % 3}, row


def records_become_rows_that_another_engine_reads():
    """DuckDB reads each kind of Parquet that can be asked for, from partitions too; pyarrow reads ORC out of a bucket."""
    import duckdb

    count = 20_000
    put, rows = zip(*table_records(count))
    lines = "".join(json.dumps(record) + "\n" for record in put).encode()
    with Room() as room:
        (room.path / "clicks.sql").write_text(TABLE)
        engine = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        engine.execute("SET TimeZone = 'UTC'")
        wanted = [(row["id"], row["name"], row["price"], row["at"].rstrip("Z").replace("T", " "), row["moment"], row["day"], row["ok"], row["share"], row["tags"], row["counts"],
                   row["geo"] and {"lat": row["geo"]["lat"], "lon": row["geo"].get("lon")}) for row in rows]
        for number, settings in enumerate(([], ["--compress", "none"], ["--compress", "gzip", "--format-option", "writer_version=2"], ["--compress", "zstd", "--format-option", "int96=true"],
                                           ["--format-option", "block_size_bytes=1048576", "--format-option", "page_size_bytes=4096", "--format-option", "enable_dictionary_compression=false"],
                                           ["--partition", "day=(.day // .DAY)"])):
            name = f"lake{number}"
            room.kns("firehose", "create", name, "--to", f"./{name}", "--format", "parquet", "--schema", "clicks.sql", *settings)
            room.kns("firehose", "put", name, data=lines)
            made = room.deliver(name)
            same((sum(one["records"] for one in made), {one["key"].rpartition(".")[2] for one in made}, {one["failure"] for one in made}), (count, {"parquet"}, {""}))
            at = f"{room.path}/{name}/**/*.parquet"
            found = engine.execute(f"SELECT id, name, price::VARCHAR, strftime(\"at\", '%Y-%m-%d %H:%M:%S.%g'), epoch(moment)::BIGINT, day::VARCHAR, ok, share, tags, counts, geo "
                                   f"FROM read_parquet('{at}', hive_partitioning = false) ORDER BY id").fetchall()
            same(len(found), count)
            for ours, theirs in zip(found, wanted):
                same(ours, theirs)
            groups, codecs = engine.execute(f"SELECT count(DISTINCT row_group_id), list(DISTINCT compression) FROM parquet_metadata('{at}')").fetchone()
            if number == 4:
                expect(groups > 1, f"{groups} row groups of a mebibyte each")
            same(codecs, {1: ["UNCOMPRESSED"], 2: ["GZIP"], 3: ["ZSTD"]}.get(number, ["SNAPPY"]))
        if os.environ["KNS_TEST_S3"]:
            with s3_server(room.path, "lake") as (endpoint, _):
                room.secret("store", **KEYS)
                room.kns("firehose", "create", "orc", "--to", "s3://lake/", "--endpoint", endpoint, "--secret", "store", "--format", "orc", "--schema", "clicks.sql", "--compress", "gzip",
                         "--format-option", "stripe_size_bytes=1048576", "--format-option", "bloom_filter_columns=name")
                room.kns("firehose", "put", "orc", data=lines)
                same(sum(one["records"] for one in room.deliver("orc")), count)
                read = subprocess.run([os.environ["KNS_TEST_ARROW"], "-c", ORC_READER, room.path / "s3/lake"], stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S).stdout
                found = sorted(json.loads(read), key=lambda row: row["id"])
                same([(row["id"], row["name"], row["price"], row["day"], row["tags"], row["counts"] if row["counts"] is None else dict(row["counts"])) for row in found],
                     [(row["id"], row["name"], str(row["price"]), row["day"], row["tags"], row["counts"]) for row in rows])


def what_is_no_row_comes_back_as_one():
    """Error records as the service has them; the backup of all records is as they were put; a better schema, and a replay."""
    with Room() as room:
        (room.path / "ids.sql").write_text("id int")
        room.kns("firehose", "create", "lake", "--to", "./lake", "--format", "parquet", "--schema", "ids.sql", "--backup", "./raw", "--backup-mode", "all")
        room.kns("firehose", "put", "lake", data=b'{"id":1}\n{"id":"many"}\nno json\n[]\n')
        done = room.kns("firehose", "deliver", "lake", "-o", "ndjson", check=False)
        same(done.returncode, 7)
        made = [json.loads(line) for line in done.stdout.splitlines()]
        same([(one["records"], one["failure"], one["backup"]) for one in made], [(1, "", False), (3, "format-conversion-failed", False), (4, "", True)])
        raw, = [path for path in (room.path / "raw").rglob("*") if path.is_file()]
        same(raw.read_bytes(), b'{"id":1}\n{"id":"many"}\nno json\n[]\n')
        lost, = (room.path / "lake/format-conversion-failed").rglob("lake-*")
        records = [json.loads(line) for line in lost.read_text().splitlines()]
        same([(record["lastErrorCode"].partition(".")[2], base64.b64decode(record["rawData"]), record["dataCatalogTable"]) for record in records],
             [("ParseError", b'{"id":"many"}', None), ("ParseError", b"no json", None), ("MalformedData", b"[]", None)])
        same(set(records[0]), {"attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp", "rawData", "sequenceNumber", "subSequenceNumber", "dataCatalogTable"})
        (room.path / "ids.sql").write_text("id string")
        room.kns("firehose", "update", "lake", "--schema", "ids.sql")
        room.kns("firehose", "replay", "lake", check=False)
        same(len(list((room.path / "lake").rglob("*.parquet"))), 2)
        left, = (room.path / "lake/format-conversion-failed").rglob("lake-*")
        same([base64.b64decode(json.loads(line)["rawData"]) for line in left.read_text().splitlines()], [b"no json", b"[]"])


CASES = (objects_arrive_in_a_bucket, what_a_bucket_refuses_is_said_and_nothing_is_lost, keys_come_from_the_environment_and_from_aws_own_file,
         a_killed_worker_leaves_no_half_object, whoever_is_killed_each_record_is_in_one_object_once, partitions_and_failures_are_in_the_bucket_and_failures_come_back_from_it,
         a_lambda_function_on_aws_own_library_transforms_here_and_behind_a_url, each_compression_is_read_by_others, an_endpoint_whose_certificate_only_we_know_is_one_we_can_name, an_endpoint_gets_requests_to_the_letter, a_key_that_belongs_into_the_url_is_put_there_and_not_shown,
         what_an_endpoint_does_not_take_is_sent_again_and_then_backed_up, documents_arrive_in_an_index, rows_arrive_in_a_table_and_what_it_will_not_take_goes_to_the_backup, splunk_has_acknowledged_before_it_counts, whoever_is_killed_in_a_replay_no_record_is_lost, rows_are_loaded_by_copy_from_a_bucket_and_what_is_not_stays_there, records_become_rows_that_another_engine_reads, what_is_no_row_comes_back_as_one)
NEEDS = {**{case.__name__: "KNS_TEST_ARROW" for case in CASES[-2:]}, **{case.__name__: "KNS_TEST_S3" for case in (*CASES[:4], CASES[5])}, CASES[6].__name__: "KNS_TEST_FUNCTION", "documents_arrive_in_an_index": "KNS_TEST_OPENSEARCH", "rows_arrive_in_a_table_and_what_it_will_not_take_goes_to_the_backup": "KNS_TEST_POSTGRES", "rows_are_loaded_by_copy_from_a_bucket_and_what_is_not_stays_there": "KNS_TEST_POSTGRES"}
CASES += iceberg.CASES
CASES += kafka_topics.CASES
NEEDS.update(iceberg.NEEDS)
NEEDS.update(kafka_topics.NEEDS)

if __name__ == "__main__":
    sys.exit(run_cases(CASES, "delivery streams at real destinations", NEEDS))
