"""A load for Kinesis Data Streams' API, the same for every server: bytes that were signed once, over raw sockets, so that what is
measured is the server."""

import base64, datetime, hashlib, hmac, json, os, re, socket, statistics, threading, time

RECORDS, RECORD_BYTES, SHARDS = 500, 1024, 4


class Endpoint:
    def __init__(self, port, key_id="none", secret="none"):
        self.port, self.key_id, self.secret = port, key_id, secret

    def signed(self, operation, **body):
        """The bytes of a request; good for some minutes, as often as they are sent."""
        text = json.dumps(body).encode()
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"content-type": "application/x-amz-json-1.1", "host": f"127.0.0.1:{self.port}", "x-amz-date": stamp, "x-amz-target": f"Kinesis_20131202.{operation}"}
        names = ";".join(headers)
        canonical = "\n".join(["POST", "/", "", *(f"{name}:{value}" for name, value in headers.items()), "", names, hashlib.sha256(text).hexdigest()])
        scope = f"{stamp[:8]}/us-east-1/kinesis/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{head}content-length: {len(text)}\r\n\r\n".encode() + text


class Connection:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.socket = socket.create_connection(("127.0.0.1", endpoint.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 16)  # used again for each answer: a client that takes new memory for each is the slower part

    def take(self, have):
        """Reads on behind what is there; how much is there then."""
        if have == len(self.buffer):
            self.buffer += bytes(len(self.buffer))
        got = self.socket.recv_into(memoryview(self.buffer)[have:])
        if not got:
            raise RuntimeError("the server closed the connection")
        return have + got

    def exchange(self, request):
        """Where in the buffer the body of the answer is, which has to be a good one."""
        self.socket.sendall(request)
        have = 0
        while (head_end := self.buffer.find(b"\r\n\r\n", 0, have)) < 0:
            have = self.take(have)
        start, length = head_end + 4, None
        head = bytes(self.buffer[:head_end])
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while have < start + length if length is not None else not self.buffer.endswith(b"0\r\n\r\n", 0, have):
            have = self.take(have)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.split(b"\r\n")[0].decode() + " " + bytes(self.buffer[start:start + 300]).decode(errors="replace"))
        return start, have

    def send(self, request):
        start, end = self.exchange(request)
        return bytes(self.buffer[start:end])

    def received(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data

    def call(self, operation, **body):
        return json.loads(self.send(self.endpoint.signed(operation, **body)) or b"{}")


def put_request(endpoint):
    """The bytes of one PutRecords of 500 x 1 KiB."""
    blobs = [base64.b64encode(os.urandom(RECORD_BYTES)).decode() for _ in range(RECORDS)]
    return endpoint.signed("PutRecords", StreamName="bench", Records=[{"Data": blob, "PartitionKey": f"k{n}"} for n, blob in enumerate(blobs)])


def make_stream(endpoint):
    first = Connection(endpoint)
    first.call("CreateStream", StreamName="bench", ShardCount=SHARDS)
    while first.call("DescribeStream", StreamName="bench")["StreamDescription"]["StreamStatus"] != "ACTIVE":
        time.sleep(0.05)
    return first


def in_threads(count, work):
    """`work(n)` in as many threads; the seconds it takes, and the sum of what they return."""
    outcomes = []

    def run(n):
        try:
            outcomes.append(work(n))
        except Exception as failure:
            outcomes.append(failure)

    began = time.monotonic()
    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return seconds, sum(outcomes)


def measure(endpoint, connections, calls, cpu_s=lambda: 0):
    """Records a second in and out, the server's CPU seconds for a GB of them, and how long one PutRecord takes."""
    first, many = make_stream(endpoint), put_request(endpoint)
    gigabytes = lambda records: records * RECORD_BYTES / 1e9

    def put(_):
        connection = Connection(endpoint)
        for _ in range(calls // connections):
            if b'"FailedRecordCount":0' not in connection.send(many):
                raise RuntimeError("records were refused")
        return calls // connections * RECORDS

    cpu = cpu_s()
    seconds, stored = in_threads(connections, put)
    out = {"put": stored / seconds, "put_cpu": (cpu_s() - cpu) / gigabytes(stored)}
    one, times = endpoint.signed("PutRecord", StreamName="bench", Data=base64.b64encode(bytes(RECORD_BYTES)).decode(), PartitionKey="k"), []
    for _ in range(200):
        start = time.monotonic()
        first.send(one)
        times.append(time.monotonic() - start)
    out["one_ms"] = statistics.median(times) * 1000

    def get(n):
        connection, read = Connection(endpoint), 0
        iterator = connection.call("GetShardIterator", StreamName="bench", ShardId=f"shardId-{n % SHARDS:012}", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            start, end = connection.exchange(endpoint.signed("GetRecords", ShardIterator=iterator, Limit=10000))
            got = connection.buffer.count(b'"SequenceNumber"', start, end)  # to read it all as JSON would take longer than to make it
            read += got
            around = connection.buffer[start:min(end, start + 2000)] + connection.buffer[max(start, end - 2000):end]  # the records lie between
            iterator = re.search(rb'"NextShardIterator": ?"([^"]+)"', around)[1].decode()
            if not got and b'"MillisBehindLatest":0' in connection.buffer[start:end]:
                return read

    cpu = cpu_s()
    seconds, read = in_threads(connections, get)
    out["get"], out["get_cpu"] = read / seconds, (cpu_s() - cpu) / gigabytes(read)
    if read != (stored + len(times)) * connections // SHARDS:
        raise RuntimeError(f"{read} records came back, each of {stored + len(times)} was asked for {connections // SHARDS} times")
    return out


def pushed(endpoint, count):
    """Milliseconds from before a PutRecord was sent until its record had come through SubscribeToShard, each time."""
    first = make_stream(endpoint)
    arn = first.call("DescribeStreamSummary", StreamName="bench")["StreamDescriptionSummary"]["StreamARN"]
    consumer = first.call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="bench")["Consumer"]["ConsumerARN"]
    shard = first.call("PutRecord", StreamName="bench", Data="", PartitionKey="k")["ShardId"]
    reader = Connection(endpoint)
    reader.socket.sendall(endpoint.signed("SubscribeToShard", ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "LATEST"}))
    seen = b""
    while b"initial-response" not in seen:
        seen += reader.received()
    times = []
    for n in range(count):
        mark = b'"' + base64.b64encode(b"record %09d" % n) + b'"'
        one = endpoint.signed("PutRecord", StreamName="bench", Data=mark[1:-1].decode(), PartitionKey="k")
        began = time.monotonic()
        first.socket.sendall(one)
        seen = b""
        while mark not in seen:
            seen += reader.received()
        times.append((time.monotonic() - began) * 1000)
        answer = b""
        while b"SequenceNumber" not in answer:
            answer += first.received()
    return sorted(times)
