"""Cases for tests/aws/run: Kinesis Data Streams as boto3 sees it, and what no client of AWS's would send."""

import base64, hashlib, http.server, json, os, resource, selectors, shutil, socket, subprocess, sys, threading, time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore import xform_name

from room import PATIENCE_S, Room, expect, refused, same

HERE = Path(__file__).resolve().parent
NEEDS = {"the_sdk_for_javascript_subscribes_over_http2": "KNS_TEST_JAVASCRIPT", "the_sdk_for_java_subscribes_over_http2_in_cbor": "KNS_TEST_JAVA",
         "the_client_library_consumes_over_a_split_and_a_death": "KNS_TEST_JAVA", "the_producer_library_packs_records_that_are_taken_apart_again": "KNS_TEST_PRODUCER",
         "a_browsers_page_is_refused": "KNS_TEST_BROWSER", "flink_reads_a_stream": "KNS_TEST_FLINK", "the_sdk_for_go_subscribes": "KNS_TEST_GO", "the_sdk_for_rust_subscribes": "KNS_TEST_RUST"}
CLIENT_LIBRARY_S = 240
LARGEST_HASH = 2**128 - 1


def read_all(kinesis, stream, shard, kind="TRIM_HORIZON", **more):
    """The records of a shard to where there are no more, and the last answer."""
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]
    records = []
    while True:
        answer = kinesis.get_records(ShardIterator=iterator)
        records += answer["Records"]
        iterator = answer.get("NextShardIterator")
        if not iterator or answer["MillisBehindLatest"] == 0:
            return records, answer


def streams_are_made_described_and_deleted():
    """CreateStream, its waiter, both descriptions, the list in pages, DeleteStream."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        began = datetime.now(timezone.utc)
        kinesis.create_stream(StreamName="clicks", ShardCount=3, Tags={"team": "web"})
        kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
        stream = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]
        same(stream["StreamARN"], f"arn:aws:kinesis:{room.env['region']}:{room.env['account']}:stream/clicks")
        same((stream["StreamStatus"], stream["RetentionPeriodHours"], stream["HasMoreShards"], stream["EncryptionType"]), ("ACTIVE", 24, False, "NONE"))
        expect(abs(stream["StreamCreationTimestamp"] - began) < timedelta(seconds=PATIENCE_S), f"made at {stream['StreamCreationTimestamp']}")
        ranges = [(int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])) for shard in stream["Shards"]]
        third = 2**128 // 3
        same(ranges, [(0, third - 1), (third, 2 * third - 1), (2 * third, LARGEST_HASH)])
        same([shard["ShardId"] for shard in stream["Shards"]], [f"shardId-{n:012}" for n in range(3)])
        for shard in stream["Shards"]:
            number = shard["SequenceNumberRange"]["StartingSequenceNumber"]
            expect(len(number) == 56 and number.startswith("49"), f"a shard begins at {number}")
        summary = kinesis.describe_stream_summary(StreamARN=stream["StreamARN"])["StreamDescriptionSummary"]
        same((summary["OpenShardCount"], summary["ConsumerCount"], summary["MaxRecordSizeInKiB"], summary["StreamModeDetails"]), (3, 0, 1024, {"StreamMode": "PROVISIONED"}))
        expect("already exists" in refused("ResourceInUseException", kinesis.create_stream, StreamName="clicks", ShardCount=1), "which stream?")
        for n in range(5):
            kinesis.create_stream(StreamName=f"more-{n}", ShardCount=1)
        pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
        same([name for page in pages for name in page["StreamNames"]], ["clicks", *(f"more-{n}" for n in range(5))])
        same(len(pages), 3)
        same(kinesis.list_tags_for_stream(StreamName="clicks")["Tags"], [{"Key": "team", "Value": "web"}])
        kinesis.delete_stream(StreamName="clicks")
        kinesis.get_waiter("stream_not_exists").wait(StreamName="clicks")
        same(refused("ResourceNotFoundException", kinesis.describe_stream, StreamName="clicks"), f"Stream clicks under account {room.env['account']} not found.")
        same(room.kns("stream", "list", "-o", "tsv").split("\t")[0], "more-0")


def records_come_back_as_they_went_in():
    """PutRecord and PutRecords, any bytes, keys and explicit hash keys; GetRecords from all five kinds of iterators."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=2)
        shard_of = lambda key: f"shardId-{int(hashlib.md5(key.encode()).hexdigest(), 16) * 2 // 2**128:012}"
        data = [bytes(range(256)), b"", "für dich".encode(), b"x" * 100_000]
        first = kinesis.put_record(StreamName="s", Data=data[0], PartitionKey="a")
        same(first["ShardId"], shard_of("a"))
        answer = kinesis.put_records(StreamName="s", Records=[{"Data": blob, "PartitionKey": "a"} for blob in data[1:]])
        same(answer["FailedRecordCount"], 0)
        numbers = [first["SequenceNumber"], *(record["SequenceNumber"] for record in answer["Records"])]
        expect(numbers == sorted(numbers, key=int) and len(set(numbers)) == 4 and all(len(n) == 56 for n in numbers), f"numbers: {numbers}")
        records, _ = read_all(kinesis, "s", shard_of("a"))
        same([record["Data"] for record in records], data)
        same([record["SequenceNumber"] for record in records], numbers)
        same({record["PartitionKey"] for record in records}, {"a"})
        now = datetime.now(timezone.utc)
        expect(all(abs(record["ApproximateArrivalTimestamp"] - now) < timedelta(seconds=PATIENCE_S) for record in records), "arrivals are not now")
        at = lambda kind, **more: [record["SequenceNumber"] for record in read_all(kinesis, "s", shard_of("a"), kind, **more)[0]]
        same(at("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]), numbers[1:])
        same(at("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]), numbers[2:])
        same(at("AT_TIMESTAMP", Timestamp=datetime(2020, 1, 1, tzinfo=timezone.utc)), numbers)
        same(at("AT_TIMESTAMP", Timestamp=records[0]["ApproximateArrivalTimestamp"]), numbers)
        same(at("LATEST"), [])
        latest = kinesis.get_shard_iterator(StreamName="s", ShardId=shard_of("a"), ShardIteratorType="LATEST")["ShardIterator"]
        kinesis.put_record(StreamName="s", Data=b"new", PartitionKey="a")
        same([record["Data"] for record in kinesis.get_records(ShardIterator=latest)["Records"]], [b"new"])
        for hash_key, shard in ((0, 0), (LARGEST_HASH, 1), (2**127 - 1, 0), (2**127, 1)):
            same(kinesis.put_record(StreamName="s", Data=b"h", PartitionKey="k", ExplicitHashKey=str(hash_key))["ShardId"], f"shardId-{shard:012}")
        page = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(StreamName="s", ShardId=shard_of("a"), ShardIteratorType="TRIM_HORIZON")["ShardIterator"], Limit=2)
        same([record["Data"] for record in page["Records"]], data[:2])
        expect(page["MillisBehindLatest"] >= 0, "behind")
        same([record["Data"] for record in kinesis.get_records(ShardIterator=page["NextShardIterator"], Limit=1)["Records"]], data[2:3])
        expect(room.kns("stream", "get", "s", "--limit", "1", "-o", "ndjson").startswith('{"stream":"s"'), "kns does not see it")
        refused("InvalidArgumentException", kinesis.get_records, ShardIterator="AAAA")
        refused("InvalidArgumentException", kinesis.get_records, ShardIterator=latest[:-8] + "AAAAAAA=")
        refused("ResourceNotFoundException", kinesis.get_shard_iterator, StreamName="s", ShardId="shardId-000000000009", ShardIteratorType="LATEST")
        refused("InvalidArgumentException", kinesis.put_record, StreamName="s", Data=b"", PartitionKey="k", ExplicitHashKey=str(LARGEST_HASH + 1))


def order_and_lineage_hold_over_resharding():
    """SplitShard, MergeShards and UpdateShardCount: parents are read to their end, then their children, and no key's order is lost."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        put = lambda n: kinesis.put_record(StreamName="s", Data=str(n).encode(), PartitionKey="key")
        put(0)
        message = refused("InvalidArgumentException", kinesis.split_shard, StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="1")
        expect("is not both greater than one plus the shard's StartingHashKey 0" in message, message)
        kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        put(1)
        kinesis.update_shard_count(StreamName="s", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        put(2)
        kinesis.merge_shards(StreamName="s", ShardToMerge="shardId-000000000003", AdjacentShardToMerge="shardId-000000000004")
        put(3)
        refused("InvalidArgumentException", kinesis.merge_shards, StreamName="s", ShardToMerge="shardId-000000000006", AdjacentShardToMerge="shardId-000000000005")
        refused("InvalidArgumentException", kinesis.split_shard, StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        shards = {shard["ShardId"]: shard for shard in kinesis.list_shards(StreamName="s")["Shards"]}
        same(sorted(shards), [f"shardId-{n:012}" for n in range(8)])
        same((shards["shardId-000000000007"]["ParentShardId"], shards["shardId-000000000007"]["AdjacentParentShardId"]), ("shardId-000000000003", "shardId-000000000004"))
        expect("EndingSequenceNumber" in shards["shardId-000000000000"]["SequenceNumberRange"], "a closed shard has no end")
        open_now = kinesis.list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"})["Shards"]
        ranges = sorted((int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])) for shard in open_now)
        expect(ranges[0][0] == 0 and ranges[-1][1] == LARGEST_HASH and all(a[1] + 1 == b[0] for a, b in zip(ranges, ranges[1:])), f"open ranges: {ranges}")
        same([shard["ShardId"] for shard in kinesis.list_shards(StreamName="s", ExclusiveStartShardId="shardId-000000000005")["Shards"]], ["shardId-000000000006", "shardId-000000000007"])
        got, queue = [], ["shardId-000000000000"]
        while queue:
            shard = queue.pop(0)
            records, last = read_all(kinesis, "s", shard)
            got += [int(record["Data"]) for record in records]
            expect(("NextShardIterator" in last) != ("ChildShards" in last), f"{shard} ends with {last}")
            queue += [child["ShardId"] for child in last.get("ChildShards", []) if child["ShardId"] not in queue]
        same(got, [0, 1, 2, 3])
        page = kinesis.list_shards(StreamName="s", MaxResults=3)
        rest = kinesis.list_shards(NextToken=page["NextToken"])
        same([shard["ShardId"] for shard in page["Shards"] + rest["Shards"]], sorted(shards))
        refused("InvalidArgumentException", kinesis.list_shards, StreamName="s", NextToken=page["NextToken"])


def consumers_are_pushed_to():
    """RegisterStreamConsumer, SubscribeToShard over HTTP/1.1: what is there, what comes, the end of a shard; take-over and refusal."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
        same(consumer["ConsumerStatus"], "ACTIVE")
        same(kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="c")["ConsumerDescription"]["ConsumerARN"], consumer["ConsumerARN"])
        same([c["ConsumerName"] for c in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]], ["c"])
        refused("ResourceInUseException", kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="c")
        refused("ResourceInUseException", kinesis.delete_stream, StreamName="s")
        kinesis.put_record(StreamName="s", Data=b"before", PartitionKey="k")
        subscribe = lambda **position: kinesis.subscribe_to_shard(ConsumerARN=consumer["ConsumerARN"], ShardId="shardId-000000000000", StartingPosition=position)["EventStream"]
        events = subscribe(Type="TRIM_HORIZON")
        steps = iter(events)
        first = next(steps)["SubscribeToShardEvent"]
        same([record["Data"] for record in first["Records"]], [b"before"])
        began = time.monotonic()
        room.client().put_record(StreamName="s", Data=b"after", PartitionKey="k")
        second = next(steps)["SubscribeToShardEvent"]
        print(f"    put to push: {(time.monotonic() - began) * 1000:.1f} ms")
        same([record["Data"] for record in second["Records"]], [b"after"])
        expect(int(second["ContinuationSequenceNumber"]) > int(second["Records"][0]["SequenceNumber"]), "the continuation does not advance")
        expect("active subscription" in refused("ResourceInUseException", kinesis.subscribe_to_shard, ConsumerARN=consumer["ConsumerARN"], ShardId="shardId-000000000000",
                                                StartingPosition={"Type": "LATEST"}), "why?")
        room.client().split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        last = next(steps)["SubscribeToShardEvent"]
        same([child["ShardId"] for child in last["ChildShards"]], ["shardId-000000000001", "shardId-000000000002"])
        same(list(steps), [])
        for kind in ("AFTER_SEQUENCE_NUMBER", "AT_SEQUENCE_NUMBER"):
            answer = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType=kind, StartingSequenceNumber=first["ContinuationSequenceNumber"])
            same([record["Data"] for record in kinesis.get_records(ShardIterator=answer["ShardIterator"])["Records"]], [b"after"])
        kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
        refused("ResourceNotFoundException", kinesis.describe_stream_consumer, ConsumerARN=consumer["ConsumerARN"])
        again = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
        expect(again["ConsumerARN"] != consumer["ConsumerARN"], "registered again it has the same ARN")


def two_thousand_subscriptions_are_pushed_to():
    """Twenty consumers of a hundred shards, each on a connection of its own."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with Room(aws_limits="off") as room, selectors.DefaultSelector() as waiting:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=100)
        shards = kinesis.list_shards(StreamName="s")["Shards"]
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        signer = SigV4Auth(Credentials(room.env["access_key_id"], room.env["secret_access_key"]), "kinesis", room.env["region"])
        for n in range(20):
            consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{n}")["Consumer"]["ConsumerARN"]
            for shard in shards:
                request = AWSRequest("POST", room.env["endpoint_url"] + "/", data=json.dumps({"ConsumerARN": consumer, "ShardId": shard["ShardId"], "StartingPosition": {"Type": "LATEST"}}),
                                     headers={"content-type": "application/x-amz-json-1.1", "x-amz-target": "Kinesis_20131202.SubscribeToShard", "host": f"127.0.0.1:{room.port}"})
                signer.add_auth(request)
                head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
                client = socket.create_connection(("127.0.0.1", room.port))
                client.sendall(f"POST / HTTP/1.1\r\n{head}content-length: {len(request.data)}\r\n\r\n{request.data}".encode())
                waiting.register(client, selectors.EVENT_READ, {"read": b"", "seen": ""})

        def all_have(words):
            for key, _ in waiting.select(0.1):
                key.data["read"] += key.fileobj.recv(1 << 16)
            return all(words in key.data["read"] for key in waiting.get_map().values())

        told = lambda: f"{sum(b'SubscribeToShardEvent' in key.data['read'] for key in waiting.get_map().values())} of {len(waiting.get_map())} have an event"
        same(len(waiting.get_map()), 2000)
        until(lambda: all_have(b"initial-response"), told, PATIENCE_S)
        answer = kinesis.put_records(StreamName="s", Records=[{"Data": b"to all", "PartitionKey": "k", "ExplicitHashKey": shard["HashKeyRange"]["StartingHashKey"]} for shard in shards])
        same(answer["FailedRecordCount"], 0)
        until(lambda: all_have(base64.b64encode(b"to all")), told, PATIENCE_S)
        for key in list(waiting.get_map().values()):
            key.fileobj.close()


def settings_of_streams_change_as_on_aws():
    """Retention, encryption, monitoring, mode, record size, warm throughput, distribution, tags, policies, account, limits."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        summary = lambda: kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
        arn = summary()["StreamARN"]
        kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
        same(summary()["RetentionPeriodHours"], 48)
        expect("Use DecreaseRetentionPeriod API" in refused("InvalidArgumentException", kinesis.increase_stream_retention_period, StreamName="s", RetentionPeriodHours=30), "which one?")
        refused("InvalidArgumentException", kinesis.decrease_stream_retention_period, StreamName="s", RetentionPeriodHours=23)
        kinesis.decrease_stream_retention_period(StreamName="s", RetentionPeriodHours=24)
        kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        same((summary()["EncryptionType"], summary()["KeyId"]), ("KMS", "alias/aws/kinesis"))
        same(kinesis.put_record(StreamName="s", Data=b"secret words", PartitionKey="k")["EncryptionType"], "KMS")
        same(read_all(kinesis, "s", "shardId-000000000000")[0][0]["Data"], b"secret words")
        expect(not any(b"secret words" in path.read_bytes() for path in (room.path / "data/log").iterdir()), "the data is on the disk as it is")
        refused("KMSNotFoundException", kinesis.start_stream_encryption, StreamName="s", EncryptionType="KMS", KeyId="no key")
        kinesis.stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        same(summary()["EncryptionType"], "NONE")
        kinesis.put_record(StreamName="s", Data=b"plain", PartitionKey="k")
        same([(record["Data"], record.get("EncryptionType")) for record in read_all(kinesis, "s", "shardId-000000000000")[0]], [(b"secret words", "KMS"), (b"plain", None)])
        answer = kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
        same((answer["CurrentShardLevelMetrics"], answer["DesiredShardLevelMetrics"]), ([], ["IncomingBytes", "OutgoingBytes"]))
        same(kinesis.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])["DesiredShardLevelMetrics"], [])
        kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
        kinesis.put_record(StreamName="s", Data=b"x" * ((2 << 20) - 1), PartitionKey="k")
        refused("InvalidArgumentException", kinesis.put_record, StreamName="s", Data=b"x" * (2 << 20), PartitionKey="k")
        refused("ValidationException", kinesis.update_stream_warm_throughput, StreamARN=arn, WarmThroughputMiBps=10)
        kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        refused("ValidationException", kinesis.split_shard, StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        refused("ValidationException", kinesis.update_stream_warm_throughput, StreamARN=arn, WarmThroughputMiBps=10)
        same(kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"], "DISABLED")
        kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
        same(kinesis.update_stream_warm_throughput(StreamARN=arn, WarmThroughputMiBps=6)["WarmThroughput"]["TargetMiBps"], 6)
        same(summary()["OpenShardCount"], 6)
        kinesis.update_stream_record_distribution_strategy(StreamARN=arn, RecordDistributionStrategy="AUTO")
        answer = kinesis.put_records(StreamName="s", Records=[{"Data": b"x", "PartitionKey": "same"} for _ in range(12)])
        same(len({record["ShardId"] for record in answer["Records"]}), 6)
        kinesis.add_tags_to_stream(StreamName="s", Tags={"a": "1", "b": "2"})
        kinesis.remove_tags_from_stream(StreamName="s", TagKeys=["a", "nosuch"])
        kinesis.tag_resource(ResourceARN=arn, Tags={"c": "3"})
        same(kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}])
        kinesis.untag_resource(ResourceARN=arn, TagKeys=["b", "c"])
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": arn}]})
        kinesis.put_resource_policy(ResourceARN=arn, Policy=policy)
        same(kinesis.get_resource_policy(ResourceARN=arn)["Policy"], policy)
        kinesis.delete_resource_policy(ResourceARN=arn)
        refused("InvalidArgumentException", kinesis.put_resource_policy, ResourceARN=arn, Policy="{}")
        limits = kinesis.describe_limits()
        same((limits["OpenShardCount"], limits["OnDemandStreamCount"]), (6, 1))


def curl(room, *words):
    """(HTTP version, status, body) of ListStreams, signed by curl; None in place of all if there is no connection."""
    done = subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE_S), "--aws-sigv4", f"aws:amz:{room.env['region']}:kinesis", "--user",
                           f"{room.env['access_key_id']}:{room.env['secret_access_key']}", "-H", "X-Amz-Target: Kinesis_20131202.ListStreams", "-H",
                           "Content-Type: application/x-amz-json-1.1", "-d", "{}", "-w", "\n%{http_version} %{http_code}", *words],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return None
    body, _, outcome = done.stdout.rpartition("\n")
    version, status = outcome.split()
    return version, int(status), body


def https_and_http2_are_served_on_the_same_port():
    """By an authority that is made once: boto3 and curl trust it when told, and not otherwise; plain HTTP goes on beside it."""
    with Room("--tls", aws_limits="off") as room:
        same(room.env["endpoint_url"].split(":")[0], "https")
        expect(oct(os.stat(room.env["ca_bundle"].replace("ca.pem", "ca.key")).st_mode & 0o777) == "0o600", "the authority's key can be read by others")
        kinesis = room.client(verify=room.env["ca_bundle"])
        kinesis.create_stream(StreamName="s", ShardCount=1)
        blob = os.urandom(1_000_000)
        for _ in range(4):
            kinesis.put_record(StreamName="s", Data=blob, PartitionKey="k")
        same([record["Data"] == blob for record in read_all(kinesis, "s", "shardId-000000000000")[0]], [True] * 4)
        https, http = f"https://localhost:{room.port}/", f"http://127.0.0.1:{room.port}/"
        listed = '{"StreamNames":["s"],"HasMoreStreams":false'
        for version, words in (("2", ["--cacert", room.env["ca_bundle"], https]), ("1.1", ["--http1.1", "--cacert", room.env["ca_bundle"], https]), ("1.1", [http]),
                               ("2", ["--http2-prior-knowledge", http])):
            got = curl(room, *words)
            expect(got and got[:2] == (version, 200) and got[2].startswith(listed), f"{words}: {got}")
        same(curl(room, https), None)
        same(curl(room, "--http2-prior-knowledge", "-H", "Host: evil.example", http)[1], 403)
        room.kns("daemon", "restart")
        same(curl(room, "--cacert", room.env["ca_bundle"], https)[:2], ("2", 200))
        room.kns("daemon", "listen", "aws", "--address", f"127.0.0.1:{room.port}")
        same(curl(room, "--cacert", room.env["ca_bundle"], https), None)
        same(curl(room, http)[1], 200)


def told(room):
    """What `kns env` exports."""
    return {"AWS_ENDPOINT_URL": room.env["endpoint_url"], "AWS_REGION": room.env["region"], "AWS_DEFAULT_REGION": room.env["region"],
            "AWS_ACCESS_KEY_ID": room.env["access_key_id"], "AWS_SECRET_ACCESS_KEY": room.env["secret_access_key"],
            **({name: room.env["ca_bundle"] for name in ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")} if room.env["ca_bundle"] else {})}


def run_client(room, words, given="", read=json.loads, **more):
    """The line of JSON that a client's program ends with, or what `read` makes of it; it is told where to ask by `kns env` alone."""
    done = subprocess.run(words, check=False, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S,
                          env={"PATH": os.environ["PATH"], "HOME": str(room.path), "NODE_NO_WARNINGS": "1", **told(room)}, **more)
    expect(done.returncode == 0, f"{words[0]}: {done.stderr[-2000:]}")
    return read(done.stdout)


SEEN = ["before", "after", "shardId-000000000001", "shardId-000000000002"]


def the_sdk_for_javascript_subscribes_over_http2():
    """With and without TLS."""
    for listen in ([], ["--tls"]):
        with Room(*listen, aws_limits="off") as room:
            program = Path(os.environ["KNS_TEST_JAVASCRIPT"]) / "subscribe.mjs"  # beside its modules
            shutil.copy(HERE / "clients" / program.name, program)
            same(run_client(room, ["node", str(program)]), {"protocol": "h2", "seen": SEEN})


def the_sdk_for_java_subscribes_over_http2_in_cbor():
    """Its asynchronous client, with timestamps of records as milliseconds."""
    with Room(aws_limits="off") as room:
        said = run_client(room, ["java", "-cp", f"{os.environ['KNS_TEST_JAVA']}/jars/*", str(HERE / "clients" / "Subscribe.java")])
        same(said["seen"], SEEN)
        expect(0 <= said["age_ms"] < PATIENCE_S * 1000, f"a record is {said['age_ms']} ms old")


def the_sdk_for_go_subscribes():
    """With and without TLS."""
    for listen in ([], ["--tls"]):
        with Room(*listen, aws_limits="off") as room:
            same(run_client(room, [os.environ["KNS_TEST_GO"] + "/subscribe"])["seen"], SEEN)


def the_sdk_for_rust_subscribes():
    with Room(aws_limits="off") as room:
        same(run_client(room, [os.environ["KNS_TEST_RUST"] + "/target/debug/subscribe"])["seen"], SEEN)


def the_producer_library_packs_records_that_are_taken_apart_again():
    """With its own agent, which speaks TLS and asks STS and CloudWatch too."""
    with Room("--tls", aws_limits="off") as room:
        room.kns("stream", "create", "s", "--shards", "2")
        said = run_client(room, ["java", "-cp", f"{os.environ['KNS_TEST_PRODUCER']}/jars/*", str(HERE / "clients" / "Produce.java"), "s", "5000"])
        same(said["stored"], 5000)
        packed = room.kns("stream", "get", "s", "--until-end", "-o", "ndjson").count("\n")
        expect(packed < 4000, f"5000 records are {packed} on the stream: nothing was packed")
        same(sorted(int(line) for line in room.kns("stream", "get", "s", "--until-end", "--deaggregate").splitlines()), list(range(5000)))


def flink_reads_a_stream():
    """By GetRecords, and pushed to."""
    opens = [word for package in ("util", "lang", "time") for word in ("--add-opens", f"java.base/java.{package}=ALL-UNNAMED")]
    with Room(aws_limits="off") as room:
        room.kns("stream", "create", "s", "--shards", "3")
        subprocess.run(["kns", "stream", "put", "s", "--key-field", "1"], input="".join(f"{n}\n" for n in range(100)), text=True, check=True, env=room.environment)
        for how in ("POLLING", "EFO"):
            same(run_client(room, ["java", *opens, "-cp", f"{os.environ['KNS_TEST_FLINK']}/jars/*", str(HERE / "clients" / "Flink.java"), "s", "100", how])["seen"], list(range(100)))


def the_aws_cli_works():
    """From nothing but `kns env`: the commands of a first tour."""
    with Room("--tls", aws_limits="off") as room:
        aws_of = lambda *words: run_client(room, [sys.executable, "-m", "awscli", *words, "--output", "json"])
        aws = lambda *words: aws_of("kinesis", *words)
        same(aws_of("sts", "get-caller-identity")["Account"], room.env["account"])
        same(aws("list-streams")["StreamNames"], [])
        room.kns("stream", "create", "s")
        put = aws("put-record", "--stream-name", "s", "--partition-key", "k", "--data", "by the CLI")
        same(put["ShardId"], "shardId-000000000000")
        iterator = aws("get-shard-iterator", "--stream-name", "s", "--shard-id", put["ShardId"], "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
        (record,) = aws("get-records", "--shard-iterator", iterator)["Records"]
        same((base64.b64decode(record["Data"]), record["SequenceNumber"]), (b"by the CLI", put["SequenceNumber"]))
        same(room.kns("stream", "get", "s"), "by the CLI\n")


def the_aws_cli_calls_every_operation():
    """All that its version 1 has of streams; get-records is in the first tour."""
    with Room(aws_limits="off") as room:
        arn = f"arn:aws:kinesis:{room.env['region']}:{room.env['account']}:stream/s"
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": arn}]})
        half, key = str(2**126), ["--encryption-type", "KMS", "--key-id", "alias/aws/kinesis"]
        of_stream, of_arn, of_resource, consumer = ["--stream-name", "s"], ["--stream-arn", arn], ["--resource-arn", arn], ["--stream-arn", arn, "--consumer-name", "c"]
        first, second = "shardId-000000000000", "shardId-000000000001"
        commands = [
            ["create-stream", *of_stream, "--shard-count", "2"], ["wait", "stream-exists", *of_stream], ["describe-stream", *of_stream], ["describe-stream-summary", *of_stream],
            ["list-streams"], ["list-shards", *of_stream], ["describe-limits"], ["describe-account-settings"],
            ["update-account-settings", "--minimum-throughput-billing-commitment", "Status=ENABLED"],
            ["put-record", *of_stream, "--partition-key", "k", "--data", "one"], ["put-records", *of_stream, "--records", "Data=two,PartitionKey=k", "Data=three,PartitionKey=k"],
            ["increase-stream-retention-period", *of_stream, "--retention-period-hours", "48"], ["decrease-stream-retention-period", *of_stream, "--retention-period-hours", "24"],
            ["start-stream-encryption", *of_stream, *key], ["stop-stream-encryption", *of_stream, *key],
            ["enable-enhanced-monitoring", *of_stream, "--shard-level-metrics", "ALL"], ["disable-enhanced-monitoring", *of_stream, "--shard-level-metrics", "ALL"],
            ["add-tags-to-stream", *of_stream, "--tags", "a=1"], ["list-tags-for-stream", *of_stream], ["remove-tags-from-stream", *of_stream, "--tag-keys", "a"],
            ["tag-resource", *of_resource, "--tags", "b=2"], ["list-tags-for-resource", *of_resource], ["untag-resource", *of_resource, "--tag-keys", "b"],
            ["put-resource-policy", *of_resource, "--policy", policy], ["get-resource-policy", *of_resource], ["delete-resource-policy", *of_resource],
            ["register-stream-consumer", *consumer], ["describe-stream-consumer", *consumer], ["list-stream-consumers", *of_arn], ["deregister-stream-consumer", *consumer],
            ["split-shard", *of_stream, "--shard-to-split", first, "--new-starting-hash-key", half], ["merge-shards", *of_stream, "--shard-to-merge", "shardId-000000000002", "--adjacent-shard-to-merge", "shardId-000000000003"],
            ["update-shard-count", *of_stream, "--target-shard-count", "4", "--scaling-type", "UNIFORM_SCALING"], ["update-max-record-size", *of_arn, "--max-record-size-in-ki-b", "2048"],
            ["update-stream-mode", *of_arn, "--stream-mode-details", "StreamMode=ON_DEMAND"], ["update-stream-warm-throughput", *of_arn, "--warm-throughput-mi-bps", "6"],
            ["get-shard-iterator", *of_stream, "--shard-id", second, "--shard-iterator-type", "TRIM_HORIZON"], ["delete-stream", *of_stream]]
        model = room.client().meta.service_model.operation_names
        called = {words[0] for words in commands} | {"subscribe-to-shard", "get-records", "update-stream-record-distribution-strategy"}
        same({xform_name(name, "-") for name in model if not is_of_channels_or_queues(name)} - called, set())
        said = dict(zip(map(" ".join, commands), run_client(room, [sys.executable, str(HERE / "clients" / "cli.py")], given=json.dumps([["kinesis", *words] for words in commands]))))
        same(said["list-streams"]["StreamNames"], ["s"])
        same(said["get-resource-policy --resource-arn " + arn]["Policy"], policy)
        same(said["list-tags-for-resource --resource-arn " + arn]["Tags"], [{"Key": "b", "Value": "2"}])


def is_of_channels_or_queues(operation):
    """What kns refuses by name."""
    return "Channel" in operation or "Queue" in operation


def every_operation_is_answered_or_refused_by_name():
    with Room(aws_limits="off") as room:
        for name in room.client().meta.service_model.operation_names:
            status, _, said = room.raw("{}", target=f"Kinesis_20131202.{name}")
            refused_by_name = b"kns does not have Kinesis channels and queues: " + name.encode() in said
            same((name, status != 200 or name in ("ListStreams", "DescribeLimits", "DescribeAccountSettings"), refused_by_name), (name, True, is_of_channels_or_queues(name)))


def lease_tables_are_kept_as_in_dynamodb():
    """What KCL asks: a table and its index, conditional writes in both forms, pages, a transaction; and what it is not."""
    with Room(aws_limits="off") as room:
        client = lambda name: boto3.client(name, **{"endpoint_url": room.env["endpoint_url"], "region_name": room.env["region"], "aws_access_key_id": room.env["access_key_id"],
                                                    "aws_secret_access_key": room.env["secret_access_key"], "config": Config(retries={"total_max_attempts": 1})})
        leases = client("dynamodb")
        made = leases.create_table(TableName="app", KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
                                   BillingMode="PAY_PER_REQUEST")["TableDescription"]
        same((made["TableStatus"], made["TableArn"]), ("ACTIVE", f"arn:aws:dynamodb:{room.env['region']}:{room.env['account']}:table/app"))
        leases.get_waiter("table_exists").wait(TableName="app")
        refused("ResourceInUseException", leases.create_table, TableName="app", KeySchema=made["KeySchema"], AttributeDefinitions=made["AttributeDefinitions"], BillingMode="PAY_PER_REQUEST")
        key = lambda n: {"leaseKey": {"S": f"shardId-{n:012}"}}
        for n in range(5):
            leases.put_item(TableName="app", Item={**key(n), "leaseCounter": {"N": "0"}}, Expected={"leaseKey": {"Exists": False}})
        refused("ConditionalCheckFailedException", leases.put_item, TableName="app", Item=key(0), Expected={"leaseKey": {"Exists": False}})
        taken = leases.update_item(TableName="app", Key=key(0), Expected={"leaseCounter": {"Value": {"N": "0"}}, "leaseOwner": {"Exists": False}}, ReturnValues="ALL_NEW",
                                   AttributeUpdates={"leaseOwner": {"Value": {"S": "w1"}, "Action": "PUT"}, "leaseCounter": {"Value": {"N": "1"}, "Action": "ADD"}})["Attributes"]
        same(taken, {**key(0), "leaseOwner": {"S": "w1"}, "leaseCounter": {"N": "1"}})
        refused("ConditionalCheckFailedException", leases.update_item, TableName="app", Key=key(0), Expected={"leaseCounter": {"Value": {"N": "0"}}},
                AttributeUpdates={"leaseOwner": {"Value": {"S": "w2"}, "Action": "PUT"}})
        leases.update_item(TableName="app", Key=key(1), UpdateExpression="SET leaseOwner = :w, leaseCounter = leaseCounter + :one", ConditionExpression="attribute_not_exists(leaseOwner)",
                           ExpressionAttributeValues={":w": {"S": "w2"}, ":one": {"N": "1"}})
        pages = list(leases.get_paginator("scan").paginate(TableName="app", PaginationConfig={"PageSize": 2}))
        same([len(page["Items"]) for page in pages], [2, 2, 1])
        same(len({item["leaseKey"]["S"] for page in pages for item in page["Items"]}), 5)
        leases.update_table(TableName="app", AttributeDefinitions=[*made["AttributeDefinitions"], {"AttributeName": "leaseOwner", "AttributeType": "S"}], GlobalSecondaryIndexUpdates=[
            {"Create": {"IndexName": "LeaseOwner", "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"}], "Projection": {"ProjectionType": "KEYS_ONLY"}}}])
        same(leases.describe_table(TableName="app")["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE")
        owned = leases.query(TableName="app", IndexName="LeaseOwner", KeyConditionExpression="leaseOwner = :w", ExpressionAttributeValues={":w": {"S": "w2"}})
        same([item["leaseKey"] for item in owned["Items"]], [key(1)["leaseKey"]])
        put = lambda n, **more: {"Put": {"TableName": "app", "Item": key(n), **more}}
        message = refused("TransactionCanceledException", leases.transact_write_items, TransactItems=[put(7), put(0, ConditionExpression="attribute_not_exists(leaseKey)")])
        expect("[None, ConditionalCheckFailed]" in message, message)
        expect("Item" not in leases.get_item(TableName="app", Key=key(7)), "half of a transaction has stayed")
        leases.transact_write_items(TransactItems=[put(7), {"Delete": {"TableName": "app", "Key": key(2)}}])
        same(leases.scan(TableName="app", Select="COUNT")["Count"], 5)
        os.kill(json.loads(room.kns("daemon", "status", "-o", "json"))["pid"], 9)
        room.env = json.loads(room.kns("env", "-o", "json"))  # it listens on another port
        same(client("dynamodb").get_item(TableName="app", Key=key(0))["Item"], taken)
        leases = client("dynamodb")
        leases.delete_item(TableName="app", Key=key(0))
        expect("not DynamoDB: BatchGetItem" in refused("UnknownOperationException", leases.batch_get_item, RequestItems={"app": {"Keys": [key(0)]}}), "what is it?")
        leases.delete_table(TableName="app")
        refused("ResourceNotFoundException", leases.scan, TableName="app")
        client("cloudwatch").put_metric_data(Namespace="app", MetricData=[{"MetricName": "Success", "Value": 1}])
        refused("UnknownOperationException", client("cloudwatch").list_metrics)


class Worker:
    """A worker of the Kinesis Client Library, and the lines it has printed."""

    def __init__(self, room, name, how):
        self.name, self.output, self.errors = name, room.path / f"{name}.out", room.path / f"{name}.err"
        with open(self.output, "wb") as output, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(["java", "-cp", f"{os.environ['KNS_TEST_JAVA']}/jars/*", str(HERE / "clients" / "Consume.java"), "orders", name, how],
                                            stdin=subprocess.PIPE, stdout=output, stderr=errors, env={"PATH": os.environ["PATH"], "HOME": str(room.path), **told(room)})

    def lines(self, kind):
        return [line.split(" ", 1)[1] for line in self.output.read_text().splitlines() if line.startswith(kind + " ")]


def until(condition, words, at_most_s):
    deadline = time.monotonic() + at_most_s
    while not condition():
        expect(time.monotonic() < deadline, f"not within {at_most_s} s: {words()}")
        time.sleep(0.2)


def the_client_library_consumes_over_a_split_and_a_death():
    """Two of its workers with fan-out, which share the shards by leases; a split; one worker killed: the other takes over, and nothing is missed."""
    with Room(aws_limits="off") as room:
        put = lambda first, last: subprocess.run(["kns", "stream", "put", "orders", "--key-field", "1"], input="".join(f"{n}\n" for n in range(first, last)), text=True, check=True,
                                                 env=room.environment)
        room.kns("stream", "create", "orders", "--shards", "2")
        put(0, 100)
        workers = [Worker(room, "w1", "fanout"), Worker(room, "w2", "fanout")]
        try:
            seen = lambda: {int(data) for worker in workers for data in worker.lines("record")}
            told_of = lambda: {worker.name: (worker.lines("shard"), worker.lines("ended"), len(worker.lines("record")), worker.errors.read_text()[-500:]) for worker in workers}
            until(lambda: len(seen()) == 100, told_of, CLIENT_LIBRARY_S)
            until(lambda: all(worker.lines("shard") for worker in workers), told_of, CLIENT_LIBRARY_S)
            room.kns("stream", "split", "orders", "0")
            put(100, 200)
            until(lambda: len(seen()) == 200 and any("shardId-000000000000" in worker.lines("ended") for worker in workers), told_of, CLIENT_LIBRARY_S)
            workers[0].process.kill()
            put(200, 300)
            until(lambda: len(seen()) == 300, told_of, CLIENT_LIBRARY_S)
            same(seen(), set(range(300)))
        finally:
            for worker in workers:
                worker.process.kill()
                worker.process.wait()


def limits_are_those_of_aws():
    """1,000 records a second into a shard, refused one by one; five reads; calls; and all of it lifted by one switch."""
    with Room() as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        results = [record for _ in range(4) for record in kinesis.put_records(StreamName="s", Records=[{"Data": b"x", "PartitionKey": "k"}] * 500)["Records"]]
        failed = [record for record in results if "ErrorCode" in record]
        expect(900 <= len(results) - len(failed) <= 1900, f"{len(results) - len(failed)} of 2000 records at once were taken")
        same(failed[0]["ErrorCode"], "ProvisionedThroughputExceededException")
        same(failed[0]["ErrorMessage"], f"Rate exceeded for shard shardId-000000000000 in stream s under account {room.env['account']}.")
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        outcomes = []
        for _ in range(12):
            try:
                outcomes.append(len(kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"]))
            except kinesis.exceptions.ProvisionedThroughputExceededException:
                outcomes.append("throttled")
        expect("throttled" in outcomes and 1 in outcomes, f"12 reads at once: {outcomes}")
        expect("shard limit" in refused("LimitExceededException", kinesis.create_stream, StreamName="huge", ShardCount=501), "why?")
        metrics = json.loads(room.kns("top", "s", "-o", "json"))
        same((metrics["metrics"]["PutRecords.ThrottledRecords"], metrics["metrics"]["PutRecords.SuccessfulRecords"]), (len(failed), len(results) - len(failed)))
        same((metrics["metrics"]["IncomingRecords"], metrics["metrics"]["IncomingBytes"]), (len(results) - len(failed), 2 * (len(results) - len(failed))))
        same(metrics["shards"][0]["metrics"]["WriteProvisionedThroughputExceeded"], len(failed))
        same(metrics["shards"][0]["metrics"]["ReadProvisionedThroughputExceeded"], outcomes.count("throttled"))
        same(metrics["shards"][0]["metrics"]["OutgoingRecords"], outcomes.count(1))
        expect(f'kns_kinesis_put_records_throttled_records_total{{stream="s"}} {len(failed)}\n' in room.kns("metrics"), "Prometheus does not have it")
        for n in range(10):
            kinesis.update_shard_count(StreamName="s", TargetShardCount=2 - n % 2, ScalingType="UNIFORM_SCALING")
        room.kns("daemon", "restart")
        refused("LimitExceededException", room.client().update_shard_count, StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        room.kns("stream", "update", "s", "--limits", "off")
        kinesis = room.client()
        same(sum(kinesis.put_records(StreamName="s", Records=[{"Data": b"x", "PartitionKey": "k"}] * 500)["FailedRecordCount"] for _ in range(6)), 0)


def on_demand_streams_grow_with_their_load():
    """Four shards at first; more when more comes in, and nothing is lost; they stay over a restart, and nobody scales by hand."""
    with Room() as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        shards = lambda: [shard for page in kinesis.get_paginator("list_shards").paginate(StreamName="s") for shard in page["Shards"]]
        still_open = lambda: [shard for shard in shards() if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        same(len(still_open()), 4)
        sent, pending = 0, []

        def put():
            nonlocal sent, pending
            fresh = [{"Data": b"%d " % (sent + n) + bytes(20_000), "PartitionKey": f"k{n}"} for n in range(50 - len(pending))]
            sent += len(fresh)
            pending += fresh
            results = kinesis.put_records(StreamName="s", Records=pending)["Records"]
            pending = [record for record, result in zip(pending, results) if "ErrorCode" in result]
            return len(still_open()) > 4

        until(put, lambda: f"{len(shards())} shards", PATIENCE_S)
        while pending:
            put()
            time.sleep(0.1)
        room.kns("stream", "update", "s", "--limits", "off")
        records = [record for shard in shards() for record in read_all(kinesis, "s", shard["ShardId"])[0]]
        same(sorted(int(record["Data"].split()[0]) for record in records), list(range(sent)))
        refused("ValidationException", kinesis.update_shard_count, StreamName="s", TargetShardCount=16, ScalingType="UNIFORM_SCALING")
        peaks = len(still_open())
        room.kns("daemon", "restart")
        same(len(room.client().list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"})["Shards"]), peaks)


def who_asks_is_checked():
    """A wrong secret, an unknown key, no signature; a key of the user's; --auth off; foreign pages and names."""
    with Room() as room:
        expect("signature we calculated does not match" in refused("InvalidSignatureException", room.client(aws_secret_access_key="wrong").list_streams), "why?")
        refused("UnrecognizedClientException", room.client(aws_access_key_id="AKIANOBODY").list_streams)
        status, headers, body = room.raw("{}")
        same((status, json.loads(body)["__type"]), (400, "MissingAuthenticationTokenException"))
        expect(headers["x-amzn-RequestId"] and headers["x-amz-id-2"], f"no ids: {headers}")
        (room.path / "key.json").write_text(json.dumps({"access_key_id": "AKIAOFMINE", "secret_access_key": "a secret of mine"}))
        room.kns("secret", "set", "aws-client.mine", str(room.path / "key.json"))
        same(room.client(aws_access_key_id="AKIAOFMINE", aws_secret_access_key="a secret of mine").list_streams()["StreamNames"], [])
        same(room.raw("{}", host="evil.example")[0], 403)
        same(room.raw("{}", origin="http://evil.example")[0], 403)
        same(room.raw("{}", content_type="text/plain")[0], 403)
        same(room.raw("", method="GET")[0], 403)
        room.kns("config", "set", "aws.auth", "off")
        status, _, body = room.raw("{}")
        same((status, json.loads(body)["StreamNames"]), (200, []))
        same(room.raw("{}", origin="http://evil.example")[0], 403)


class Pages(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *words):
        super().__init__(*words, directory=HERE / "clients")

    def log_message(self, *_):
        pass


def a_browsers_page_is_refused():
    """A page from elsewhere, and one whose name was bound to this machine, make nothing; one of this machine's own may."""
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with Room("--auth", "off", aws_limits="off") as room:
        def tried_from(host):
            shown = run_client(room, [os.environ["KNS_TEST_BROWSER"], "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP elsewhere.example 127.0.0.1", "--virtual-time-budget=10000",
                                      "--dump-dom", f"http://{host}:{pages.server_port}/page.html#{room.port}"], read=str)
            return json.loads(shown.split('<pre id="out">')[1].split("</pre>")[0])

        same(tried_from("elsewhere.example"), {"signed_out": "refused", "simple": 0, "rebound": 0})
        same(room.client().list_streams()["StreamNames"], [])
        same(tried_from("127.0.0.1")["signed_out"], 200)
        same(room.client().list_streams()["StreamNames"], ["made"])
    pages.shutdown()


def bad_requests_get_the_errors_of_aws():
    """What no client of AWS's sends: bodies, types, targets and constraints that are wrong."""
    with Room("--auth", "off") as room:
        def error(body, **more):
            status, _, said = room.raw(body, **more)
            same(status, 400)
            answer = json.loads(said)
            return answer["__type"], answer.get("message", answer.get("Message"))

        same(error("{"), ("SerializationException", None))
        same(error(""), ("SerializationException", None))
        same(error("{}", target="Kinesis_20131202.Nonsense"), ("UnknownOperationException", None))
        same(error("{}", target="Kinesis_20131202.CreateQueue")[0], "UnknownOperationException")
        same(error('{"Limit": "3"}'), ("SerializationException", "STRING_VALUE can not be converted to an Integer"))
        same(error('{"StreamName": 3}', target="Kinesis_20131202.DescribeStream"), ("SerializationException", "NUMBER_VALUE can not be converted to a String"))
        same(error('{"StreamName": "s", "Data": "a", "PartitionKey": "k"}', target="Kinesis_20131202.PutRecord")[0], "SerializationException")
        kind, message = error('{"StreamName": "", "ShardCount": 0}', target="Kinesis_20131202.CreateStream")
        same(kind, "ValidationException")
        expect(message.startswith("3 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: ") and "Value '0' at 'shardCount'" in message, message)
        same(error("{}", target="Kinesis_20131202.PutRecords"),
             ("ValidationException", "1 validation error detected: Value null at 'records' failed to satisfy constraint: Member must not be null"))
        many = json.dumps({"StreamName": "s", "Records": [{"Data": "", "PartitionKey": "k"}] * 501})
        expect("Member must have length less than or equal to 500" in error(many, target="Kinesis_20131202.PutRecords")[1], "501 records")
        same(error("[" * 100_000)[0], "SerializationException")
        same(room.raw("{}", content_type="application/xml")[0], 404)
        for cbor in (b"\xff", b"\xbf", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x9f" * 10_000):
            status, headers, said = room.raw(cbor, content_type="application/x-amz-cbor-1.1")
            same((status, headers["content-type"]), (400, "application/x-amz-cbor-1.1"))
            expect(b"SerializationException" in said, said)
        # {"StreamName": "c", "ShardCount": 1}, then the list of streams: CBOR in, CBOR out.
        status, _, said = room.raw(b"\xa2\x6aStreamName\x61c\x6aShardCount\x01", target="Kinesis_20131202.CreateStream", content_type="application/x-amz-cbor-1.1")
        same((status, said), (200, b""))
        status, headers, said = room.raw(b"\xa0", content_type="application/x-amz-cbor-1.1")
        same(status, 200)
        expect(said.startswith(b"\xbf\x6bStreamNames\x9f\x61c\xff") and b"\xc1\x1b" in said, said)


def clients_that_announce_and_do_not_send_hold_a_bounded_share():
    """Half a gigabyte together; who asks for little is served meanwhile, and who asks for much once they are gone."""
    with Room("--auth", "off", aws_limits="off") as room, selectors.DefaultSelector() as waiting:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        for _ in range(60):
            client = socket.create_connection(("127.0.0.1", room.port))
            client.sendall(f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{room.port}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\n"
                           f"Content-Length: {10 << 20}\r\n\r\n{{".encode())
            waiting.register(client, selectors.EVENT_READ)
        refused_ones = []

        def others_are_refused():
            for key, _ in waiting.select(0.1):
                said = key.fileobj.recv(4096)
                expect(b" 503 " in said and b"ServiceUnavailable" in said, said)
                waiting.unregister(key.fileobj)
                refused_ones.append(key.fileobj)
            return len(refused_ones) >= 9

        until(others_are_refused, lambda: f"{len(refused_ones)} are refused", PATIENCE_S)
        same(len(refused_ones), 60 - (512 << 20) // (10 << 20))
        kinesis.put_record(StreamName="s", Data=b"little", PartitionKey="k")
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
        many = [{"Data": bytes(900_000), "PartitionKey": "k"} for _ in range(10)]
        same(room.client(config=Config(retries={"mode": "standard", "total_max_attempts": 10})).put_records(StreamName="s", Records=many)["FailedRecordCount"], 0)


def states_last_as_long_as_asked():
    """With --transition a new stream is CREATING, then ACTIVE; a deleted one DELETING, then gone."""
    with Room("--transition", "2s", aws_limits="off") as room:
        kinesis = room.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        status = lambda: kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamStatus"]
        same(status(), "CREATING")
        refused("ResourceInUseException", kinesis.increase_stream_retention_period, StreamName="s", RetentionPeriodHours=48)
        kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 1})
        same(status(), "ACTIVE")
        kinesis.delete_stream(StreamName="s")
        same(status(), "DELETING")
        refused("ResourceInUseException", kinesis.create_stream, StreamName="s", ShardCount=1)
        kinesis.get_waiter("stream_not_exists").wait(StreamName="s", WaiterConfig={"Delay": 1})


def iterators_and_data_outlive_the_daemon():
    """An acknowledged record is there after kill -9, and the iterator from before it is good; the port is the same."""
    with Room(aws_limits="off") as room:
        kinesis = room.client()
        room.kns("config", "set", "aws.listen", f"127.0.0.1:{room.port}")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="LATEST")["ShardIterator"]
        kinesis.put_record(StreamName="s", Data=b"kept", PartitionKey="k")
        os.kill(json.loads(room.kns("daemon", "status", "-o", "json"))["pid"], 9)
        room.kns("stream", "list")
        same([record["Data"] for record in room.client().get_records(ShardIterator=iterator)["Records"]], [b"kept"])


CASES = (streams_are_made_described_and_deleted, records_come_back_as_they_went_in, order_and_lineage_hold_over_resharding, consumers_are_pushed_to,
         two_thousand_subscriptions_are_pushed_to,
         settings_of_streams_change_as_on_aws, https_and_http2_are_served_on_the_same_port, the_sdk_for_javascript_subscribes_over_http2,
         the_sdk_for_java_subscribes_over_http2_in_cbor, the_sdk_for_go_subscribes,
         the_sdk_for_rust_subscribes, the_producer_library_packs_records_that_are_taken_apart_again, flink_reads_a_stream, the_aws_cli_works,
         the_aws_cli_calls_every_operation, every_operation_is_answered_or_refused_by_name, lease_tables_are_kept_as_in_dynamodb,
         the_client_library_consumes_over_a_split_and_a_death, limits_are_those_of_aws, on_demand_streams_grow_with_their_load, who_asks_is_checked, a_browsers_page_is_refused, bad_requests_get_the_errors_of_aws,
         clients_that_announce_and_do_not_send_hold_a_bounded_share, states_last_as_long_as_asked,
         iterators_and_data_outlive_the_daemon)
