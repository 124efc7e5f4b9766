"""Cases for tests/aws/run: Amazon Data Firehose as boto3 and the AWS CLI see it."""

import base64, gzip, json, os, subprocess, sys, time
from pathlib import Path

from botocore.config import Config

from room import Room, expect, refused, same

ROLE = "arn:aws:iam::000000000000:role/delivery"
BUCKET = "arn:aws:s3:::lake"


class FirehoseRoom(Room):
    """Its buckets are directories."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.buckets = self.path / "buckets"
        self.kns("config", "set", "aws.buckets", f"file://{self.buckets}/")
        self.firehose = self.client("firehose")

    def objects(self):
        return {str(path.relative_to(self.buckets)): path.read_bytes() for path in sorted(self.buckets.rglob("*")) if path.is_file()}

    def create(self, name, **more):
        return self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": BUCKET, **more})["DeliveryStreamARN"]

    def described(self, name):
        return self.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def a_delivery_stream_lives_through_all_twelve_operations():
    """Made, described, listed, put to, tagged, encrypted, changed, deleted."""
    with FirehoseRoom(aws_limits="off") as room:
        firehose = room.firehose
        arn = firehose.create_delivery_stream(DeliveryStreamName="clicks", DeliveryStreamType="DirectPut", Tags=[{"Key": "team", "Value": "web"}],
                                              ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": BUCKET, "Prefix": "raw/", "CompressionFormat": "GZIP",
                                                                                  "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}})["DeliveryStreamARN"]
        same(arn, f"arn:aws:firehose:{room.env['region']}:{room.env['account']}:deliverystream/clicks")
        made = room.described("clicks")
        same((made["DeliveryStreamStatus"], made["VersionId"], made["DeliveryStreamType"], made["HasMoreDestinations"], made["DeliveryStreamARN"]), ("ACTIVE", "1", "DirectPut", False, arn))
        expect(abs(made["CreateTimestamp"].timestamp() - time.time()) < 60, made)
        destination, = made["Destinations"]
        same((destination["DestinationId"], destination["ExtendedS3DestinationDescription"]["Prefix"], destination["S3DestinationDescription"]["CompressionFormat"]), ("destinationId-000000000001", "raw/", "GZIP"))
        same(destination["ExtendedS3DestinationDescription"]["BufferingHints"], {"SizeInMBs": 1, "IntervalInSeconds": 60})
        same(destination["S3DestinationDescription"]["EncryptionConfiguration"], {"NoEncryptionConfig": "NoEncryption"})

        one = firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"one"})
        same((one["RecordId"].isdigit(), one["Encrypted"]), (True, False))
        batch = firehose.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": b"two"}, {"Data": b""}, {"Data": bytes(range(256))}])
        same((batch["FailedPutCount"], len({answer["RecordId"] for answer in batch["RequestResponses"]})), (0, 3))
        room.kns("firehose", "deliver", "clicks")
        (key, packed), = room.objects().items()
        expect(key.startswith("lake/raw/20") and "/clicks-1-20" in key and key.endswith(".gz"), key)
        same(gzip.decompress(packed), b"onetwo" + bytes(range(256)))

        firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": "env", "Value": "test"}, {"Key": "empty"}])
        firehose.untag_delivery_stream(DeliveryStreamName="clicks", TagKeys=["team", "absent"])
        tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName="clicks", Limit=1)
        same((tags["Tags"], tags["HasMoreTags"]), ([{"Key": "empty", "Value": ""}], True))
        same(firehose.list_tags_for_delivery_stream(DeliveryStreamName="clicks", ExclusiveStartTagKey="empty")["Tags"], [{"Key": "env", "Value": "test"}])
        same(room.described("clicks")["VersionId"], "1")

        firehose.start_delivery_stream_encryption(DeliveryStreamName="clicks")
        same(room.described("clicks")["DeliveryStreamEncryptionConfiguration"], {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"})
        same(firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"secret words"})["Encrypted"], True)
        log = b"".join(path.read_bytes() for path in (room.path / "data/log").glob("*.log"))
        expect(b"onetwo" not in log and b"secret words" not in log, "in the clear on disk")
        firehose.stop_delivery_stream_encryption(DeliveryStreamName="clicks")
        same(room.described("clicks")["DeliveryStreamEncryptionConfiguration"]["Status"], "DISABLED")

        for name in ("b", "a", "c"):
            room.create(name)
        first = firehose.list_delivery_streams(Limit=2)
        same((first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]), (["a", "b"], True))
        rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="b")
        same((rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]), (["c", "clicks"], False))

        firehose.delete_delivery_stream(DeliveryStreamName="clicks")
        same(refused("ResourceNotFoundException", firehose.describe_delivery_stream, DeliveryStreamName="clicks"), f"Firehose clicks under account {room.env['account']} not found.")
        refused("ResourceNotFoundException", firehose.put_record, DeliveryStreamName="clicks", Record={"Data": b"x"})


FUNCTION = """#!/usr/bin/python3
import base64, http.client, json, os
api, path = os.environ["AWS_LAMBDA_RUNTIME_API"], "/2018-06-01/runtime/invocation/"
while True:
    connection = http.client.HTTPConnection(api)
    connection.request("GET", path + "next")
    answer = connection.getresponse()
    event, records = json.load(answer), []
    for record in event["records"]:
        data = base64.b64decode(record["data"]).decode()
        if data == "missing":
            continue
        result = {"drop": "Dropped", "fail": "ProcessingFailed"}.get(data, "Ok")
        made = {"was": data, "to": event["deliveryStreamArn"].split("/")[1], "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}
        records.append({"recordId": record["recordId"], "result": result, "data": base64.b64encode(json.dumps(made).encode()).decode()})
    connection.request("POST", path + answer.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", json.dumps({"records": records}))
    connection.getresponse().read()
"""


def processor(kind, **parameters):
    return {"Type": kind, "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]}


def processing(*processors):
    return {"Enabled": True, "Processors": list(processors)}


def a_lambda_processor_has_its_function_run_here():
    """Ok, Dropped, ProcessingFailed and a missing id, and every record as it came in the backup bucket."""
    with FirehoseRoom(aws_limits="off") as room:
        function = processor("Lambda", LambdaArn="arn:aws:lambda:us-east-1:000000000000:function:clean:1", NumberOfRetries="1")
        making = {"ProcessingConfiguration": processing(function, processor("AppendDelimiterToRecord"))}
        expect("aws.functions" in refused("InvalidArgumentException", room.create, name="d", **making), "where would the function be?")
        at = room.path / "functions/clean"
        at.mkdir(parents=True)
        (at / "bootstrap").write_text(FUNCTION)
        (at / "bootstrap").chmod(0o755)
        room.kns("config", "set", "aws.functions", f"file://{room.path}/functions/")
        room.create("d", ErrorOutputPrefix="bad/!{firehose:error-output-type}/", S3BackupMode="Enabled", S3BackupConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::raw", "Prefix": "as-put/"}, **making)
        same(room.described("d")["Destinations"][0]["ExtendedS3DestinationDescription"]["ProcessingConfiguration"]["Processors"][0], function)
        room.firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": word.encode()} for word in ("one", "drop", "fail", "missing", "two")])
        same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        objects = room.objects()
        kept, = [text for key, text in objects.items() if key.startswith("lake/20")]
        same([json.loads(line) for line in kept.splitlines()], [{"was": word, "to": "d", "function": "clean"} for word in ("one", "two")])
        lost, = [text for key, text in objects.items() if key.startswith("lake/bad/processing-failed/")]
        same([(r["errorCode"], base64.b64decode(r["rawData"]), r["lambdaARN"].split(":")[-1]) for r in map(json.loads, lost.splitlines())],
             [("Lambda.ProcessingFailedStatus", b"fail", "clean"), ("Lambda.MissingRecordId", b"missing", "clean")])
        raw, = [text for key, text in objects.items() if key.startswith("raw/as-put/20")]
        same(raw, b"one\ndrop\nfail\nmissing\ntwo\n")


def dynamic_partitioning_and_de_aggregation_are_as_the_guide_has_them():
    """JSON records in one, queries as one object, a prefix with their values; and what has no value in the error prefix."""
    with FirehoseRoom(aws_limits="off") as room:
        query = processor("MetadataExtraction", MetadataExtractionQuery='{customer:.customer_id, kind:(.type.device // "none")}', JsonParsingEngine="JQ-1.6")
        parts = processor("RecordDeAggregation", SubRecordType="JSON")
        prefix = "c=!{partitionKeyFromQuery:customer}/k=!{partitionKeyFromQuery:kind}/!{timestamp:yyyy}/"
        refused("InvalidArgumentException", room.create, name="d", Prefix=prefix, ProcessingConfiguration=processing(query))
        refused("InvalidArgumentException", room.create, name="d", Prefix="no/keys/", DynamicPartitioningConfiguration={"Enabled": True}, ProcessingConfiguration=processing(query))
        room.create("d", Prefix=prefix, ErrorOutputPrefix="!{firehose:error-output-type}/", FileExtension=".json", DynamicPartitioningConfiguration={"Enabled": True},
                    ProcessingConfiguration=processing(parts, query, processor("AppendDelimiterToRecord")))
        room.firehose.put_record(DeliveryStreamName="d", Record={"Data": b'{"customer_id":"a","type":{"device":"tv"}}{"customer_id":"b"} {"customer_id":"a","type":{"device":"tv"}}{"n":1}'})
        room.kns("firehose", "deliver", "d", check=False)
        year = time.strftime("%Y")
        objects = {key.rpartition("/")[0]: (text, key) for key, text in room.objects().items()}
        same(sorted(objects), [f"lake/c=a/k=tv/{year}", f"lake/c=b/k=none/{year}", "lake/processing-failed"])
        text, key = objects[f"lake/c=a/k=tv/{year}"]
        same((text, key.endswith(".json")), (b'{"customer_id":"a","type":{"device":"tv"}}\n' * 2, True))
        same(json.loads(objects["lake/processing-failed"][0])["errorCode"], "DynamicPartitioning.MetadataExtractionFailed")


def data_of_cloudwatch_logs_are_decompressed_and_their_messages_taken_out():
    """One object of messages; what is no gzip has a folder of its own."""
    with FirehoseRoom(aws_limits="off") as room:
        gunzip, messages = processor("Decompression", CompressionFormat="GZIP"), processor("CloudWatchLogProcessing", DataMessageExtraction="true")
        room.create("d", ErrorOutputPrefix="!{firehose:error-output-type}/", ProcessingConfiguration=processing(gunzip, messages))
        data = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"], "logEvents": [{"id": "1", "timestamp": 1, "message": word} for word in ("one", "two")]}
        control = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}
        room.firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": gzip.compress(json.dumps(record).encode())} for record in (data, control)] + [{"Data": b"plain"}])
        room.kns("firehose", "deliver", "d", check=False)
        objects = {key.split("/")[1][:2]: text for key, text in room.objects().items()}
        same(objects["20"], b"one\ntwo\n")
        lost = json.loads(objects["de"])
        same((lost["errorCode"], lost["rawData"]), ("Decompression failed.", base64.b64encode(b"plain").decode()))


def an_update_merges_and_counts_versions():
    """UpdateDestination: what is not named stays, the same changes nothing, another version is refused, another kind starts anew."""
    with FirehoseRoom(aws_limits="off") as room:
        firehose = room.firehose
        room.create("d", Prefix="one/", ErrorOutputPrefix="errors/", ProcessingConfiguration={"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]})
        change = lambda version, **more: firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId=version, DestinationId="destinationId-000000000001", **more)
        change("1", ExtendedS3DestinationUpdate={"Prefix": "two/"})
        shown = room.described("d")
        same((shown["VersionId"], shown["Destinations"][0]["ExtendedS3DestinationDescription"]["ErrorOutputPrefix"]), ("2", "errors/"))
        same(shown["Destinations"][0]["ExtendedS3DestinationDescription"]["ProcessingConfiguration"]["Processors"][0]["Type"], "AppendDelimiterToRecord")
        change("2", ExtendedS3DestinationUpdate={"Prefix": "two/"})
        same(room.described("d")["VersionId"], "2")
        change("2", ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}, "CompressionFormat": "Snappy"})
        same(room.described("d")["VersionId"], "3")
        firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": b"a"}, {"Data": b"b"}])
        room.kns("config", "set", "aws.limits", "off")
        room.kns("firehose", "deliver", "d")
        (key, packed), = room.objects().items()
        expect(key.startswith("lake/two/") and "/d-3-" in key and key.endswith(".snappy"), key)
        expect("do not match" in refused("ConcurrentModificationException", change, version="1", ExtendedS3DestinationUpdate={"Prefix": "x"}), "which versions?")
        refused("InvalidArgumentException", firehose.update_destination, DeliveryStreamName="d", CurrentDeliveryStreamVersionId="3", DestinationId="destinationId-2", ExtendedS3DestinationUpdate={})
        refused("InvalidArgumentException", change, version="3", HttpEndpointDestinationUpdate={"EndpointConfiguration": {"Url": "http://127.0.0.1:1/"}})
        change("3", HttpEndpointDestinationUpdate={"EndpointConfiguration": {"Url": "http://127.0.0.1:1/in", "AccessKey": "hush-hush"}, "S3Update": {"RoleARN": ROLE, "BucketARN": BUCKET, "Prefix": "lost/"}, "RetryOptions": {"DurationInSeconds": 0}})
        shown, = room.described("d")["Destinations"]
        same((list(shown), shown["HttpEndpointDestinationDescription"]["EndpointConfiguration"]), (["DestinationId", "HttpEndpointDestinationDescription"], {"Url": "http://127.0.0.1:1/in"}))
        firehose.put_record(DeliveryStreamName="d", Record={"Data": b"of value"})
        same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        lost, = [text for key, text in room.objects().items() if key.startswith("lake/lost/http-endpoint-failed/20")]
        same(base64.b64decode(json.loads(lost)["rawData"]), b"of value")
        said = json.dumps(shown) + room.kns("firehose", "show", "d", "-o", "json") + room.kns("secret", "list", "-o", "json") + room.kns("daemon", "logs")
        expect("hush-hush" not in said, "the access key is shown")
        expect("firehose.d" in room.kns("secret", "list"), "where is the access key?")
        room.kns("firehose", "delete", "d", "--yes")
        expect("firehose.d" not in room.kns("secret", "list"), "the access key stays")


def a_stream_is_delivered_from_the_moment_on():
    """KinesisStreamAsSource: from its creation on; several delivery streams on one stream all fire; direct puts are refused."""
    with FirehoseRoom(aws_limits="off") as room:
        kinesis, firehose = room.client("kinesis"), room.firehose
        kinesis.create_stream(StreamName="s", ShardCount=2)
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"before")
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        for name in ("one", "two"):
            firehose.create_delivery_stream(DeliveryStreamName=name, DeliveryStreamType="KinesisStreamAsSource", KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
                                            S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": BUCKET, "Prefix": f"{name}/"})
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"after")
        shown = room.described("one")
        same((shown["DeliveryStreamType"], shown["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"], shown["Source"]["KinesisStreamSourceDescription"]["RoleARN"]), ("KinesisStreamAsSource", arn, ROLE))
        room.kns("firehose", "deliver", "--all")
        same(sorted((key.split("/")[1], data) for key, data in room.objects().items()), [("one", b"after"), ("two", b"after")])
        expect("KinesisStreamAsSource" in refused("InvalidArgumentException", firehose.put_record, DeliveryStreamName="one", Record={"Data": b"x"}), "why?")
        same(firehose.list_delivery_streams(DeliveryStreamType="DirectPut")["DeliveryStreamNames"], [])
        refused("InvalidArgumentException", firehose.start_delivery_stream_encryption, DeliveryStreamName="one")
        refused("ResourceNotFoundException", firehose.create_delivery_stream, DeliveryStreamName="three", DeliveryStreamType="KinesisStreamAsSource",
                KinesisStreamSourceConfiguration={"KinesisStreamARN": arn + "x", "RoleARN": ROLE}, S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": BUCKET})


def what_is_wrong_is_said_as_the_service_says_it():
    """Names, sizes, counts, missing members, what kns cannot do; limits of the account, and patterns of AWS's own places if they are wanted."""
    with FirehoseRoom() as room:
        firehose = room.client("firehose", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
        room.create("d")
        s3 = {"RoleARN": ROLE, "BucketARN": BUCKET}
        create = lambda **more: firehose.create_delivery_stream(**{"DeliveryStreamName": "e", **more})
        same(refused("ResourceInUseException", create, DeliveryStreamName="d", S3DestinationConfiguration=s3), f"Firehose d under accountId {room.env['account']} already exists")
        expect("Exactly one destination" in refused("InvalidArgumentException", create), "none")
        expect("Exactly one destination" in refused("InvalidArgumentException", create, S3DestinationConfiguration=s3, ExtendedS3DestinationConfiguration=s3), "two")
        expect("bucketARN' failed to satisfy constraint: Member must not be null" in refused("ValidationException", create, S3DestinationConfiguration={"RoleARN": ROLE}), "no bucket")
        room.kns("config", "set", "aws.limits", "off")
        refused("ValidationException", create, DeliveryStreamName="a/b", S3DestinationConfiguration=s3)
        expect("neither" in refused("InvalidArgumentException", create, S3DestinationConfiguration={**s3, "BufferingHints": {"SizeInMBs": 1}}), "half of the hints")
        refused("ValidationException", create, S3DestinationConfiguration={**s3, "BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}})
        refused("InvalidArgumentException", create, S3DestinationConfiguration={**s3, "Prefix": "!{nothing}/"})
        expect("Snowflake" in refused("InvalidArgumentException", create, SnowflakeDestinationConfiguration={"AccountUrl": "https://a.snowflakecomputing.com", "Database": "d", "Schema": "s", "Table": "t", "RoleARN": ROLE, "S3Configuration": s3}), "why?")
        expect("Lambda" in refused("InvalidArgumentException", create, ExtendedS3DestinationConfiguration={**s3, "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}}), "which processor?")
        same(firehose.list_delivery_streams()["DeliveryStreamNames"], ["d"])

        put = lambda *data: firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": one} for one in data])
        refused("ValidationException", firehose.put_record_batch, DeliveryStreamName="d", Records=[])
        refused("ValidationException", firehose.put_record_batch, DeliveryStreamName="d", Records=[{"Data": b"x"}] * 501)
        same(put(b"x" * 1_024_000)["FailedPutCount"], 0)
        refused("ValidationException", firehose.put_record, DeliveryStreamName="d", Record={"Data": b"x" * 1_024_001})
        refused("InvalidArgumentException", firehose.put_record_batch, DeliveryStreamName="d", Records=[{"Data": b"x" * 1_000_000}] * 4 + [{"Data": b"x" * 194_305}])
        same(put(*[b"x" * 1_000_000] * 4, b"x" * 194_304)["FailedPutCount"], 0)

        room.kns("config", "set", "aws.limits", "on")
        answers = put(*[b"x" * 1_000_000] * 4)["RequestResponses"] + put(*[b"x" * 1_000_000] * 4)["RequestResponses"]
        slow = [answer for answer in answers if "ErrorCode" in answer]
        expect(0 < len(slow) < 8 and slow[0] == {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}, answers)

        room.kns("config", "set", "aws.limits", "off")
        endpoint = {"EndpointConfiguration": {"Url": "http://127.0.0.1:9/in"}, "S3Configuration": s3}
        create(DeliveryStreamName="local", HttpEndpointDestinationConfiguration=endpoint)
        room.kns("firehose", "update", "local", "--spool", "1B")
        firehose.put_record(DeliveryStreamName="local", Record={"Data": b"waits"})
        expect("spool" in refused("ServiceUnavailableException", firehose.put_record, DeliveryStreamName="local", Record={"Data": b"x"}), "why?")
        room.kns("config", "set", "aws.strict", "on")
        expect("https://.*" in refused("ValidationException", create, DeliveryStreamName="strict", HttpEndpointDestinationConfiguration=endpoint), "which pattern?")
        room.kns("config", "set", "aws.limits", "on")
        for n in range(48):
            while True:  # five calls a second
                try:
                    room.create(f"n{n}")
                except firehose.exceptions.ClientError as error:
                    same(error.response["Error"]["Code"], "ThrottlingException")
                    time.sleep(0.05)
                else:
                    break
        said = ""
        while "quota of 50" not in said:
            try:
                room.create("fifty-one")
            except firehose.exceptions.ClientError as error:
                said = error.response["Error"]["Message"]
                expect("quota of 50" in said or "Rate exceeded" in said, said)
            else:
                raise AssertionError("the fifty-first was made")


def states_take_the_time_that_was_asked_for():
    """CREATING and DELETING for those who test how they wait."""
    with FirehoseRoom(aws_limits="off", aws_transition="300ms") as room:
        room.create("d")
        same(room.described("d")["DeliveryStreamStatus"], "CREATING")
        refused("ResourceNotFoundException", room.firehose.put_record, DeliveryStreamName="d", Record={"Data": b"x"})
        refused("ResourceInUseException", room.firehose.delete_delivery_stream, DeliveryStreamName="d")
        end = time.monotonic() + 30
        while room.described("d")["DeliveryStreamStatus"] != "ACTIVE":
            expect(time.monotonic() < end, "still not ACTIVE")
        room.firehose.delete_delivery_stream(DeliveryStreamName="d")
        same(room.described("d")["DeliveryStreamStatus"], "DELETING")
        room.firehose.delete_delivery_stream(DeliveryStreamName="d")


def an_opensearch_cluster_is_described_as_it_was_given():
    """By its endpoint; a domain of AWS's own is refused."""
    with FirehoseRoom(aws_limits="off") as room:
        cluster = {"RoleARN": ROLE, "ClusterEndpoint": "http://127.0.0.1:1/", "IndexName": "clicks", "IndexRotationPeriod": "OneWeek", "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET}, "RetryOptions": {"DurationInSeconds": 0}}
        create = lambda **more: room.firehose.create_delivery_stream(DeliveryStreamName="d", AmazonopensearchserviceDestinationConfiguration={**cluster, **more})
        expect("DomainARN" in refused("InvalidArgumentException", create, DomainARN="arn:aws:es:us-east-1:000000000000:domain/clicks"), "why?")
        create()
        shown = room.described("d")["Destinations"][0]["AmazonopensearchserviceDestinationDescription"]
        same((shown["ClusterEndpoint"], shown["IndexName"], shown["IndexRotationPeriod"], shown["S3BackupMode"], shown["S3DestinationDescription"]["BucketARN"]), ("http://127.0.0.1:1/", "clicks", "OneWeek", "FailedDocumentsOnly", BUCKET))
        room.firehose.put_record(DeliveryStreamName="d", Record={"Data": b'{"n":1}'})
        same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        (key, lost), = room.objects().items()
        expect(key.startswith("lake/AmazonOpenSearchService_failed/20") and "-w" in json.loads(lost)["esIndexName"], lost)


def the_command_line_of_aws_makes_and_describes_one():
    with FirehoseRoom(aws_limits="off") as room:
        environment = {**os.environ, **dict(line.removeprefix("export ").replace("'", "").split("=", 1) for line in room.kns("env").splitlines() if line.startswith("export "))}
        aws = lambda *words: json.loads(subprocess.run([Path(sys.executable).parent / "aws", "firehose", *words, "--output", "json"], check=True, stdout=subprocess.PIPE, env=environment, timeout=60).stdout or b"{}")
        arn = aws("create-delivery-stream", "--delivery-stream-name", "d", "--s3-destination-configuration", f"RoleARN={ROLE},BucketARN={BUCKET},Prefix=p/")["DeliveryStreamARN"]
        same(aws("describe-delivery-stream", "--delivery-stream-name", "d")["DeliveryStreamDescription"]["DeliveryStreamARN"], arn)
        expect(aws("put-record", "--delivery-stream-name", "d", "--record", '{"Data":"hello"}')["RecordId"], "no id")
        room.kns("firehose", "deliver", "d")
        same(list(room.objects().values()), [b"hello"])


def a_table_of_redshift_is_described_without_its_password_and_changed():
    """What its COPY will be; nothing is delivered, for buckets here are directories unless the setting says otherwise."""
    with FirehoseRoom(aws_limits="off") as room:
        firehose = room.firehose
        redshift = {"RoleARN": ROLE, "ClusterJDBCURL": "jdbc:redshift://127.0.0.1:1/db", "CopyCommand": {"DataTableName": "clicks", "CopyOptions": "JSON 'auto'"}, "Username": "me", "Password": "hush-hush",
                    "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET}}
        said = refused("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName="d", RedshiftDestinationConfiguration=redshift)
        expect("Redshift loads from buckets" in said, said)
        room.kns("config", "set", "aws.buckets", "http://127.0.0.1:2")
        packed = {**redshift, "S3Configuration": {**redshift["S3Configuration"], "CompressionFormat": "Snappy"}}
        said = refused("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName="d", RedshiftDestinationConfiguration=packed)
        expect("not with snappy" in said, said)
        firehose.create_delivery_stream(DeliveryStreamName="d", RedshiftDestinationConfiguration=redshift)
        shown = room.described("d")["Destinations"][0]["RedshiftDestinationDescription"]
        same((shown["ClusterJDBCURL"], shown["Username"], shown["CopyCommand"], shown["S3BackupMode"], shown["RetryOptions"]), (redshift["ClusterJDBCURL"], "me", redshift["CopyCommand"], "Disabled", {"DurationInSeconds": 3600}))
        same(json.loads(room.kns("firehose", "show", "d", "-o", "json"))["to"], f"redshift://me@127.0.0.1:1/db?table=clicks&staging=s3://{BUCKET.rsplit(':')[-1]}/&iam_role={ROLE}&copy=JSON%20%27auto%27")
        firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001", RedshiftDestinationUpdate={"CopyCommand": {"DataTableName": "views"}})
        changed = room.described("d")["Destinations"][0]["RedshiftDestinationDescription"]["CopyCommand"]
        same(changed["DataTableName"], "views")
        said = json.dumps(shown) + room.kns("firehose", "show", "d", "-o", "json") + room.kns("secret", "list", "-o", "json") + room.kns("daemon", "logs")
        expect("hush-hush" not in said, "the password is shown")


def an_iceberg_table_is_made_in_the_warehouse_and_changed_into_another_kind():
    """Its columns are where aws.tables says; one table, appended to; what it was is not left behind."""
    with FirehoseRoom(aws_limits="off") as room:
        firehose = room.firehose
        table = {"DestinationDatabaseName": "web", "DestinationTableName": "clicks"}
        iceberg = {"RoleARN": ROLE, "CatalogConfiguration": {"CatalogARN": "arn:aws:glue:us-east-1:123456789012:catalog", "WarehouseLocation": "s3://house/tables"}, "DestinationTableConfigurationList": [table],
                   "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET, "ErrorOutputPrefix": "lost/"}, "AppendOnly": True}
        create = lambda **more: firehose.create_delivery_stream(DeliveryStreamName="d", IcebergDestinationConfiguration={**iceberg, **more})
        expect("aws.tables" in refused("InvalidArgumentException", create), "where would the table be?")
        (room.path / "tables/web").mkdir(parents=True)
        (room.path / "tables/web/clicks.sql").write_text("CREATE TABLE clicks (n int, word string)")
        room.kns("config", "set", "aws.tables", f"file://{room.path}/tables/")
        expect("one table" in refused("InvalidArgumentException", create, DestinationTableConfigurationList=[table, table]), "two tables")
        expect("only appends" in refused("InvalidArgumentException", create, DestinationTableConfigurationList=[{**table, "UniqueKeys": ["n"]}]), "keys")
        create()
        shown = room.described("d")["Destinations"][0]["IcebergDestinationDescription"]
        same((shown["DestinationTableConfigurationList"], shown["S3BackupMode"], shown["AppendOnly"], shown["S3DestinationDescription"]["BucketARN"]), ([table], "FailedDataOnly", True, BUCKET))
        firehose.put_record(DeliveryStreamName="d", Record={"Data": b'{"n":1,"word":"one"}'})
        firehose.put_record(DeliveryStreamName="d", Record={"Data": b'{"n":"many"}'})
        if "arrow" in room.kns("plugin", "list"):
            room.kns("firehose", "deliver", "d", check=False)
            objects = room.objects()
            expect("house/tables/web.db/clicks/metadata/v1.metadata.json" in objects and any(key.startswith("house/tables/web.db/clicks/data/") for key in objects), list(objects))
            lost, = (json.loads(text) for key, text in objects.items() if f"{BUCKET.rsplit(':')[-1]}/lost/" in key)
            same(lost["lastErrorCode"], "DataFormatConversion.ParseError")
        firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001", ExtendedS3DestinationUpdate={"RoleARN": ROLE, "BucketARN": BUCKET})
        now = json.loads(room.kns("firehose", "show", "d", "-o", "json"))
        same((now["format"], now["compress"], now["to"].startswith("file:")), ("json", "none", True))


def a_splunk_collector_has_its_token_kept_and_its_backup_described():
    """Made, described without its token, changed; the token goes with the delivery stream."""
    with FirehoseRoom(aws_limits="off") as room:
        firehose = room.firehose
        splunk = {"HECEndpoint": "http://127.0.0.1:1/", "HECEndpointType": "Event", "HECToken": "hush-hush", "HECAcknowledgmentTimeoutInSeconds": 200, "S3BackupMode": "AllEvents",
                  "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET, "Prefix": "all/", "ErrorOutputPrefix": "lost/!{firehose:error-output-type}/"}, "RetryOptions": {"DurationInSeconds": 0}}
        firehose.create_delivery_stream(DeliveryStreamName="d", SplunkDestinationConfiguration=splunk)
        shown = room.described("d")["Destinations"][0]["SplunkDestinationDescription"]
        same((shown["HECEndpoint"], shown["HECEndpointType"], shown["HECAcknowledgmentTimeoutInSeconds"], shown["S3BackupMode"], shown["BufferingHints"]["IntervalInSeconds"]), ("http://127.0.0.1:1/", "Event", 200, "AllEvents", 60))
        same(json.loads(room.kns("firehose", "show", "d", "-o", "json"))["to"], "splunk+http://127.0.0.1:1?type=event&ack_timeout=200s")
        firehose.put_record(DeliveryStreamName="d", Record={"Data": b'{"event":1}'})
        same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
        held = {"/".join(key.split("/")[1:3]) if key.startswith("lake/lost") else key.split("/")[1]: text for key, text in room.objects().items()}
        same((held["all"], json.loads(held["lost/splunk-failed"])["rawData"]), (b'{"event":1}', base64.b64encode(b'{"event":1}').decode()))
        firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001", SplunkDestinationUpdate={"HECEndpointType": "Raw"})
        same((room.described("d")["VersionId"], json.loads(room.kns("firehose", "show", "d", "-o", "json"))["to"]), ("2", "splunk+http://127.0.0.1:1?type=raw&ack_timeout=200s"))
        said = json.dumps(shown) + room.kns("firehose", "show", "d", "-o", "json") + room.kns("secret", "list", "-o", "json") + room.kns("daemon", "logs")
        expect("hush-hush" not in said, "the token is shown")
        room.kns("firehose", "delete", "d", "--yes")
        expect("firehose.d" not in room.kns("secret", "list"), "the token stays")

        # An Elasticsearch cluster is one of OpenSearch under its old name.
        cluster = {"ClusterEndpoint": "http://127.0.0.1:1", "IndexName": "clicks", "IndexRotationPeriod": "OneMonth", "RoleARN": ROLE, "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET}}
        firehose.create_delivery_stream(DeliveryStreamName="e", ElasticsearchDestinationConfiguration=cluster)
        same(room.described("e")["Destinations"][0]["ElasticsearchDestinationDescription"]["IndexRotationPeriod"], "OneMonth")
        expect("rotation=OneMonth" in room.kns("firehose", "show", "e"), "which rotation?")


def a_table_of_glue_is_a_file_and_records_become_its_rows():
    """Parquet by default with its own buffer; an update merges by member; what is no row names its table."""
    with FirehoseRoom(aws_limits="off") as room:
        conversion = {"SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "web", "TableName": "clicks", "Region": "us-east-1", "VersionId": "LATEST"},
                      "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {"ColumnToJsonKeyMappings": {"ts": "timestamp"}}}},
                      "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "GZIP"}}}}
        making = {"ErrorOutputPrefix": "bad/!{firehose:error-output-type}/", "DataFormatConversionConfiguration": conversion}
        expect("aws.tables" in refused("InvalidArgumentException", room.create, name="d", **making), "where would the table be?")
        room.kns("config", "set", "aws.tables", f"file://{room.path}/tables/")
        expect("could not be found" in refused("InvalidArgumentException", room.create, name="d", **making), "there is no table")
        (room.path / "tables/web").mkdir(parents=True)
        (room.path / "tables/web/clicks.sql").write_text("CREATE TABLE clicks (id bigint, ts bigint)")
        refused("InvalidArgumentException", room.create, name="d", CompressionFormat="GZIP", **making)
        room.create("d", **making)
        shown = room.described("d")["Destinations"][0]["ExtendedS3DestinationDescription"]
        same((shown["DataFormatConversionConfiguration"], shown["BufferingHints"]["SizeInMBs"], shown["CompressionFormat"]), (conversion, 128, "UNCOMPRESSED"))
        ours = json.loads(room.kns("firehose", "show", "d", "-o", "json"))
        same((ours["format"], ours["compress"], ours["columns"], ours["schema"]), ("parquet", "gzip", {"ts": "timestamp"}, "CREATE TABLE clicks (id bigint, ts bigint)"))
        if "arrow" in room.kns("plugin", "list"):
            room.firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": b'{"id":1,"timestamp":2}'}, {"Data": b'{"id":"one"}'}])
            same(room.kns("firehose", "deliver", "d", check=False).returncode, 7)
            objects = room.objects()
            file, = [data for key, data in objects.items() if key.endswith(".parquet")]
            same((file[:4], file[-4:]), (b"PAR1", b"PAR1"))
            lost, = [json.loads(data) for key, data in objects.items() if key.startswith("lake/bad/format-conversion-failed/")]
            same((lost["lastErrorCode"], lost["dataCatalogTable"]["databaseName"], lost["dataCatalogTable"]["tableName"], lost["dataCatalogTable"]["versionId"]), ("DataFormatConversion.ParseError", "web", "clicks", "LATEST"))
        room.firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
                                         ExtendedS3DestinationUpdate={"DataFormatConversionConfiguration": {"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}}}})
        same((room.described("d")["VersionId"], json.loads(room.kns("firehose", "show", "d", "-o", "json"))["compress"]), ("2", "snappy"))
        room.firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="2", DestinationId="destinationId-000000000001",
                                         ExtendedS3DestinationUpdate={"DataFormatConversionConfiguration": {"Enabled": False}})
        same(json.loads(room.kns("firehose", "show", "d", "-o", "json"))["format"], "json")


CASES = (a_table_of_glue_is_a_file_and_records_become_its_rows, a_delivery_stream_lives_through_all_twelve_operations, an_update_merges_and_counts_versions, a_lambda_processor_has_its_function_run_here,
         dynamic_partitioning_and_de_aggregation_are_as_the_guide_has_them, data_of_cloudwatch_logs_are_decompressed_and_their_messages_taken_out, a_splunk_collector_has_its_token_kept_and_its_backup_described, a_table_of_redshift_is_described_without_its_password_and_changed, an_iceberg_table_is_made_in_the_warehouse_and_changed_into_another_kind, a_stream_is_delivered_from_the_moment_on,
         what_is_wrong_is_said_as_the_service_says_it, states_take_the_time_that_was_asked_for, an_opensearch_cluster_is_described_as_it_was_given, the_command_line_of_aws_makes_and_describes_one)
