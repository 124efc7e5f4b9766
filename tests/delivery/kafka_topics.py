"""Topics of a real Kafka as sources: one broker, with a port for anybody and one that wants TLS and a password."""

import contextlib, json, os, signal, subprocess
from pathlib import Path

from cases import expect, same
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic
from room import Room, certificate, free_port, killed_while, until, workers_of

USER, PASSWORD = "kns", "not for others"
HEAP = ("-Xmx384m", "-Xms128m")


class Broker:
    def __init__(self, path):
        self.path, self.port, self.safe_port, self.process = path / "kafka", free_port(), free_port(), None
        controller = free_port()
        self.path.mkdir()
        run = lambda *words: subprocess.run(words, cwd=self.path, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        certificate(self.path)
        (self.path / "both.pem").write_text((self.path / "key.pem").read_text() + (self.path / "ca.pem").read_text())
        (self.path / "broker.properties").write_text(f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=ANY://127.0.0.1:{self.port},SAFE://127.0.0.1:{self.safe_port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=ANY://127.0.0.1:{self.port},SAFE://127.0.0.1:{self.safe_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,ANY:PLAINTEXT,SAFE:SASL_SSL
inter.broker.listener.name=ANY
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.safe.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={self.path}/both.pem
log.dirs={self.path}/logs
auto.create.topics.enable=false
message.max.bytes=20000000
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
""")
        self.java = ("java", *HEAP, "-cp", f"{os.environ['KNS_TEST_KAFKA']}/jars/*")
        run(*self.java, "kafka.tools.StorageTool", "format", "-t", "kns-test-cluster-00000", "-c", "broker.properties", "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")

    def start(self):
        self.process = subprocess.Popen([*self.java, "kafka.Kafka", str(self.path / "broker.properties")], cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            with contextlib.suppress(Exception):
                self.admin().list_topics()
                return True
        until(answers, "an answer of the broker")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def admin(self):
        return KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.port}", request_timeout_ms=5000)

    def url(self, topic):
        return f"kafka://127.0.0.1:{self.port}/{topic}"

    def topic(self, name, partitions=1):
        self.admin().create_topics([NewTopic(name=name, num_partitions=partitions, replication_factor=1)])
        self.wait_for_partitions(name, partitions)

    def wait_for_partitions(self, topic, count):
        """What has been made is told to clients a moment later."""
        def there():
            with contextlib.suppress(Exception):
                with contextlib.closing(KafkaProducer(bootstrap_servers=f"127.0.0.1:{self.port}")) as producer:
                    return len(producer.partitions_for(topic)) == count
        until(there, f"{count} partitions of {topic}")

    def put(self, topic, records, **settings):
        """(partition, key, value) each."""
        producer = KafkaProducer(bootstrap_servers=f"127.0.0.1:{self.port}", acks="all", **settings)
        for partition, key, value in records:
            producer.send(topic, partition=partition, key=key, value=value)
        producer.flush()
        producer.close()


@contextlib.contextmanager
def cluster(path):
    broker = Broker(path)
    try:
        broker.start()
        yield broker
    finally:
        if broker.process:
            broker.kill()


FUNCTION = """#!/usr/bin/python3
import base64, http.client, json, os
api, path = os.environ["AWS_LAMBDA_RUNTIME_API"], "/2018-06-01/runtime/invocation/"
while True:
    connection = http.client.HTTPConnection(api)
    connection.request("GET", path + "next")
    answer = connection.getresponse()
    event = json.load(answer)
    records = []
    for record in event["records"]:
        at = record["mskRecordMetadata"]
        data = f"{at['partitionId']} {at['offset']} ".encode() + base64.b64decode(record["kafkaRecordValue"])
        records.append({"recordId": record["recordId"], "result": "Ok", "kafkaRecordValue": base64.b64encode(data).decode()})
    connection.request("POST", path + answer.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", json.dumps({"records": records}))
    connection.getresponse().read()
"""


def lines_below(path):
    return sorted(line for file in Path(path).rglob("*") if file.is_file() for line in file.read_bytes().splitlines())


def shown(room, name):
    return json.loads(room.kns("firehose", "show", name, "-o", "json"))


def a_topic_is_read_to_its_last_record_and_on():
    """All partitions, each compression, new partitions too; from the start, the end or a time; what another program may not see is not read."""
    with Room() as room, cluster(room.path) as broker:
        broker.topic("clicks", 3)
        for n, how in enumerate((None, "gzip", "snappy", "lz4", "zstd")):
            with contextlib.suppress(RuntimeError):  # a codec that Python has not
                broker.put("clicks", [(i % 3, b"k%d" % i if i % 2 else None, b"%d.%d" % (n, i)) for i in range(1000)], compression_type=how)
        count = sum(broker.admin().list_partition_offsets({TopicPartition("clicks", p): -1 for p in range(3)})[TopicPartition("clicks", p)].offset for p in range(3))
        expect(count >= 3000, f"only {count} were put")
        broker.put("clicks", [(0, b"gone", None)])
        room.kns("firehose", "create", "all", "--source", broker.url("clicks"), "--to", "./all")
        room.kns("firehose", "create", "new", "--source", broker.url("clicks"), "--from", "latest", "--to", "./new")
        same(sum(made["records"] for made in room.deliver("all")), count)
        same(len(set(lines_below(room.path / "all"))), count)
        same([shown(room, "all")[key] for key in ("unread_records", "pending_records", "source")], [0, 0, broker.url("clicks")])
        said = room.refused("firehose", "put", "all", "--data", "x")
        expect("takes its records from kafka://" in said, said)
        room.kns("firehose", "create", "later", "--source", broker.url("clicks"), "--from=-1h", "--to", "./later")
        same(sum(made["records"] for made in room.deliver("later")), count)

        broker.admin().create_partitions({"clicks": NewPartitions(5)})
        broker.wait_for_partitions("clicks", 5)
        broker.put("clicks", [(i % 5, None, b"new %d" % i) for i in range(50)])
        until(lambda: shown(room, "new")["pending_records"] == 50, "what was put since")
        room.deliver("new")
        same(lines_below(room.path / "new"), sorted(b"new %d" % i for i in range(50)))
        (room.path / "function").mkdir()
        (room.path / "function/bootstrap").write_text(FUNCTION)
        (room.path / "function/bootstrap").chmod(0o755)
        room.kns("firehose", "update", "new", "--transform", "lambda:function")
        broker.put("clicks", [(4, None, b"seen")])
        same([made["failure"] for made in room.deliver("new")], [""])
        expect(b"4 10 seen" in lines_below(room.path / "new"), "a function is told where a record stood")
        room.kns("firehose", "delete", "new", "--yes")
        until(lambda: len(workers_of(room)) == 2, "one reader less")

        said = room.refused("firehose", "create", "none", "--source", broker.url("cliks"), "--to", "./none")
        expect("\"cliks\"" in said and "nknown topic" in said, said)
        nowhere = f"kafka://127.0.0.1:{free_port()}/clicks"
        said = room.refused("firehose", "create", "none", "--source", nowhere, "--from", "latest", "--to", "./none")
        expect("asking 127.0.0.1" in said and "refused" in said, said)
        room.kns("firehose", "create", "early", "--source", nowhere, "--to", "./none")
        until(lambda: "refused" in (shown(room, "early")["last_error"] or ""), "it is said that there is no cluster yet")
        room.kns("firehose", "delete", "early", "--yes")
        same([one["name"] for one in map(json.loads, room.kns("firehose", "list", "-o", "ndjson").splitlines())], ["all", "later"])


def what_is_not_delivered_waits_in_the_topic():
    """A full spool; a broker that dies and comes back; records that the topic itself has lost."""
    with Room() as room, cluster(room.path) as broker:
        broker.topic("events")
        records = [(0, None, b"%06d " % i + b"x" * 1000) for i in range(3000)]
        room.kns("firehose", "create", "d", "--source", broker.url("events"), "--to", "http://127.0.0.1:9/", "--backup", "./lost", "--retry", "2h", "--spool", "100KiB")
        broker.put("events", records)
        until(lambda: shown(room, "d")["unread_records"], "a full spool")
        full = until(lambda: (now := shown(room, "d"))["pending_bytes"] > 100 << 10 and now, "a full spool")
        expect(full["pending_records"] < 1000 and full["unread_records"] > 0, full)
        room.kns("firehose", "update", "d", "--to", "./out")
        until(lambda: room.kns("firehose", "deliver", "d", check=False).returncode == 0, "all is delivered")
        same(lines_below(room.path / "out"), [value for _, _, value in records])

        large = b"x" * (10 << 20)
        broker.put("events", [(0, None, large), (0, b"k", large), (0, None, b"behind")], max_request_size=20_000_000)
        room.deliver("d")
        same((lines_below(room.path / "out")[-2:], shown(room, "d")["failed_records"]), ([b"behind", large], 1))
        expect("record 3001 of partition 0 has 10485761 bytes" in room.kns("daemon", "logs"), "what was passed over is said")

        broker.kill()
        until(lambda: "127.0.0.1" in (shown(room, "d")["last_error"] or ""), "the broker is missed")
        broker.start()
        broker.put("events", [(0, None, b"after")])
        until(lambda: room.kns("firehose", "deliver", "d", check=False).returncode == 0, "the broker is found")
        expect(b"after" in lines_below(room.path / "out"), "what came after")
        same(shown(room, "d")["last_error"], None)

        room.kns("daemon", "stop")
        broker.put("events", [(0, None, b"lost") for _ in range(60)] + [(0, None, b"late %02d" % i) for i in range(40)])
        broker.admin().delete_records({TopicPartition("events", 0): 3064})
        room.kns("daemon", "start")
        until(lambda: "60 records of the topic were gone" in (shown(room, "d")["last_error"] or ""), "60 are missed")
        room.deliver("d")
        same([line for line in lines_below(room.path / "out") if line.startswith(b"l")], [b"late %02d" % i for i in range(40)])


def a_cluster_with_tls_and_a_password_lets_us_in():
    """By a secret that is shown nowhere; a wrong one, or a certificate that nobody vouches for, is said."""
    with Room() as room, cluster(room.path) as broker:
        broker.topic("safe")
        broker.put("safe", [(0, None, b"%d" % i) for i in range(10)])
        at = f"kafka://127.0.0.1:{broker.safe_port}/safe?sasl=scram-sha-512&secret=cluster&tls=on"
        create = ("firehose", "create", "d", "--source", at, "--to", "./out")
        said = room.refused(*create)
        expect("\"cluster\" not found" in said, said)
        room.secret("cluster", username=USER, password="wrong")
        said = room.refused(*create)
        expect("certificate" in said, said)
        room.kns("config", "set", "tls.ca", f"{broker.path}/ca.pem")
        said = room.refused(*create)
        expect("uthentication" in said, said)
        room.secret("cluster", username=USER, password=PASSWORD)
        room.kns(*create)
        same(sum(made["records"] for made in room.deliver("d")), 10)
        expect(PASSWORD not in json.dumps(shown(room, "d")) + room.kns("daemon", "logs"), "the password is shown")


def whoever_is_killed_each_record_of_a_topic_is_there_once():
    """Daemon, reader or writer: records and how far the topic was read are one commit."""
    with Room() as room, cluster(room.path) as broker:
        broker.topic("clicks", 2)
        count = 4000
        broker.put("clicks", [(i % 2, None, b"%d" % i) for i in range(count)])
        room.kns("firehose", "create", "d", "--source", broker.url("clicks"), "--to", "./out", "--buffer", "200B,900s", "--prefix", "p/")
        files = lambda: sum(1 for _ in (room.path / "out").rglob("d-*"))
        killed = killed_while(room, ("firehose", "deliver", "d"), files, (1, 6, 3, 2, 9, 4, 5))
        for _ in range(3):  # a reader while it reads
            broker.put("clicks", [(i % 2, None, b"%d" % (count + i)) for i in range(500)])
            count += 500
            room.kns("firehose", "show", "d")  # the daemon may be the one that was killed last
            until(lambda: workers_of(room), "a reader")
            for pid in workers_of(room):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        expect(killed >= 5, f"only {killed} were killed")
        until(lambda: room.kns("firehose", "deliver", "d", check=False).returncode == 0 and shown(room, "d")["pending_records"] == 0, "all is delivered")
        same(lines_below(room.path / "out"), sorted(b"%d" % i for i in range(count)))


CASES = (a_topic_is_read_to_its_last_record_and_on, what_is_not_delivered_waits_in_the_topic, a_cluster_with_tls_and_a_password_lets_us_in, whoever_is_killed_each_record_of_a_topic_is_there_once)
NEEDS = {case.__name__: "KNS_TEST_KAFKA" for case in CASES}
