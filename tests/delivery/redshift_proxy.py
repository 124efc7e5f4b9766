"""A PostgreSQL that loads from buckets as Redshift does: everything passes through, but for COPY FROM 's3://...' MANIFEST, which is done here."""

import contextlib, gzip, io, json, re, socket, struct, threading

SSL_REQUEST = 80877103
COPY = re.compile(r"""COPY (?P<table>"[^"]+"(\."[^"]+")?)( \((?P<columns>[^)]*)\))? FROM 's3://(?P<bucket>[^/]+)/(?P<key>[^']+)' IAM_ROLE (?P<role>default|'[^']*') MANIFEST (?P<options>.*)""", re.DOTALL)


class Refused(Exception):
    """With the SQLSTATE that the cluster says."""

    def __init__(self, state, words):
        super().__init__(words)
        self.state = state


def receive(peer, size):
    out = b""
    while len(out) < size:
        piece = peer.recv(size - len(out))
        if not piece:
            raise EOFError
        out += piece
    return out


def csv_line(values):
    return ",".join("" if value is None else '"' + (value if isinstance(value, str) else json.dumps(value)).replace('"', '""') + '"' for value in values)


def rows_of(bucket_object, options, columns):
    """FORMAT AS JSON 'auto': members by the names of columns."""
    if "FORMAT AS JSON 'auto'" not in options:
        raise Refused("XX000", f"this cluster cannot load {options}")
    data = gzip.decompress(bucket_object) if "GZIP" in options else bucket_object
    for line in io.BytesIO(data):
        try:
            record = json.loads(line)
        except ValueError:
            raise Refused("XX000", "Load into table failed. Check 'stl_load_errors' system table for details.") from None
        yield csv_line([record.get(column) for column in columns])


class Cluster:
    """`load(table, columns, text)` puts CSV into the real database, `columns_of(table)` asks it; `statements` is what has been loaded."""

    def __init__(self, port, s3, columns_of, load):
        self.database, self.s3, self.columns_of, self.load, self.statements = port, s3, columns_of, load, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.fails = None  # a Refused, for every COPY

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        with client, contextlib.suppress(EOFError, OSError):
            head = receive(client, 8)
            if struct.unpack("!II", head)[1] == SSL_REQUEST:
                client.sendall(b"N")
                head = receive(client, 8)
            with socket.create_connection(("127.0.0.1", self.database)) as server:
                server.sendall(head + receive(client, struct.unpack("!I", head[:4])[0] - 8))
                threading.Thread(target=self.answers, args=(server, client), daemon=True).start()
                while True:
                    kind, size = struct.unpack("!cI", receive(client, 5))
                    body = receive(client, size - 4)
                    wanted = COPY.fullmatch(body.rstrip(b"\0").decode()) if kind == b"Q" else None
                    if wanted:
                        client.sendall(self.copied(wanted))
                    else:
                        server.sendall(struct.pack("!cI", kind, size) + body)

    @staticmethod
    def answers(server, client):
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)

    def copied(self, wanted):
        message = lambda kind, body: struct.pack("!cI", kind, len(body) + 4) + body
        try:
            if self.fails:
                raise self.fails
            self.statements.append(wanted[0])
            columns = [name.strip(' "') for name in wanted["columns"].split(",")] if wanted["columns"] else self.columns_of(wanted["table"])
            count = 0
            for entry in json.loads(self.s3.get_object(Bucket=wanted["bucket"], Key=wanted["key"])["Body"].read())["entries"]:
                bucket, key = entry["url"].removeprefix("s3://").split("/", 1)
                data = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                if len(data) != entry["meta"]["content_length"]:
                    raise Refused("XX000", "the manifest is wrong about its object")
                lines = list(rows_of(data, wanted["options"], columns))
                self.load(wanted["table"], columns, "\n".join(lines) + "\n")
                count += len(lines)
            answer = message(b"C", f"COPY {count}\0".encode())
        except Refused as why:
            answer = message(b"E", f"SERROR\0C{why.state}\0M{why}\0\0".encode())
        return answer + message(b"Z", b"I")


@contextlib.contextmanager
def cluster(port, s3, columns_of, load):
    made = Cluster(port, s3, columns_of, load)
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        made.listener.close()
