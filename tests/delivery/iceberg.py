"""Tables of Apache Iceberg, as PyIceberg reads them. Cases for tests/delivery/run."""

import datetime, decimal, json, shutil, subprocess
from pathlib import Path

from room import KEYS, Room, expect, killed_while, s3_server, until
from cases import same

CLICKS = "CREATE TABLE clicks (id bigint, word string, at timestamptz, price decimal(9,2), tags array<string>, counts map<string,int>, who struct<name:string,age:tinyint>)"


def table_at(location, **properties):
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(str(location), properties=properties)


def rows_of(table):
    return sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["id"])


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def files_become_a_table_whose_columns_grow():
    """Nested values and nulls; a column that comes later, in a struct too, and one that no longer comes; what is no row is beside the table."""
    with Room() as room:
        (room.path / "clicks.sql").write_text(CLICKS)
        room.kns("firehose", "create", "lake", "--to", f"iceberg+file://{room.path}/my%20lake", "--schema", "clicks.sql", "--prefix", "one day/!{timestamp:yyyy}/")
        room.kns("firehose", "put", "lake", data=lines({"id": 1, "word": "ÿ\n", "at": "2026-01-02T03:04:05.5Z", "price": "1.25", "tags": ["a", None], "counts": {"x": 1}, "who": {"name": "ann", "age": 3}}, {"id": 2}, {"id": "many"}))
        made = json.loads(room.kns("firehose", "deliver", "lake", "-o", "json", check=False).stdout)
        same([(one["records"], one["failure"]) for one in made], [(2, ""), (1, "format-conversion-failed")])
        expect(made[0]["url"].startswith(f"file://{room.path}/my%20lake/data/one%20day/20") and Path(made[0]["url"].removeprefix("file://").replace("%20", " ")).exists(), made[0]["url"])
        nothing = dict.fromkeys(("word", "at", "price", "tags", "counts", "who"))
        same(rows_of(table_at(room.path / "my lake")), [{"id": 1, "word": "ÿ\n", "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 500000, datetime.timezone.utc), "price": decimal.Decimal("1.25"), "tags": ["a", None], "counts": [("x", 1)], "who": {"name": "ann", "age": 3}},
                                                    {"id": 2, **nothing}])
        (room.path / "clicks.sql").write_text("first boolean, id bigint, who struct<name:string,email:string,age:int>")
        room.kns("firehose", "update", "lake", "--schema", "clicks.sql")
        room.kns("firehose", "put", "lake", data=lines({"id": 3, "first": True, "who": {"email": "b@example", "age": 4}}))
        room.deliver("lake")
        table = table_at(room.path / "my lake")
        same([field.name for field in table.schema().fields], ["id", "word", "at", "price", "tags", "counts", "who", "first"])
        found = rows_of(table)
        same((found[0]["who"], found[0]["first"]), ({"name": "ann", "age": 3, "email": None}, None))
        same(found[2], {**nothing, "id": 3, "who": {"name": None, "age": 4, "email": "b@example"}, "first": True})
        same([len(snapshot.summary["kns.object"]) > 0 for snapshot in table.snapshots()], [True, True])
        (room.path / "clicks.sql").write_text("id string")
        room.kns("firehose", "update", "lake", "--schema", "clicks.sql")
        room.kns("firehose", "put", "lake", data=lines({"id": "4"}))
        said = room.refused("firehose", "deliver", "lake")
        expect("column \"id\" is long in the table, and not string" in said, said)
        same(len(rows_of(table_at(room.path / "my lake"))), 3)


def a_table_in_a_bucket_is_appended_to_by_two_at_once():
    """Each snapshot counts: whoever was second begins anew. Read from the bucket."""
    with Room() as room, s3_server(room.path, "lake") as (endpoint, _):
        room.secret("lake", **KEYS)
        (room.path / "ids.sql").write_text("id bigint")
        for name in ("a", "b", "c"):
            room.kns("firehose", "create", name, "--to", "iceberg+s3://lake/ids", "--endpoint", endpoint, "--secret", "lake", "--schema", "ids.sql", "--buffer", "64B,900s")
        for place, name in enumerate(("a", "b", "c")):
            room.kns("firehose", "put", name, data=lines(*({"id": place * 60 + n} for n in range(60))))
        asked = [subprocess.Popen(["kns", "firehose", "deliver", name, "-o", "ndjson"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=room.environment, cwd=room.path) for name in ("a", "b", "c")]
        said = [one.communicate() for one in asked]
        same([one.returncode for one in asked], [0, 0, 0])
        objects = sum(len(out.splitlines()) for out, _ in said)
        expect(objects >= 9, f"{objects} objects")
        table = table_at("s3://lake/ids", **{"s3.endpoint": endpoint, "s3.access-key-id": KEYS["access_key_id"], "s3.secret-access-key": KEYS["secret_access_key"], "s3.region": "us-east-1"})
        same([row["id"] for row in rows_of(table)], list(range(180)))
        same(len(table.snapshots()), objects)


def of_many_snapshots_the_newest_are_kept_and_manifests_are_merged():
    """What nothing names any more is gone; all rows are there, and so they are at the oldest snapshot that is kept."""
    with Room() as room:
        (room.path / "ids.sql").write_text("id bigint")
        room.kns("firehose", "create", "lake", "--to", f"iceberg+file://{room.path}/lake", "--schema", "ids.sql", "--buffer", "1B,900s")
        count = 250
        room.kns("firehose", "put", "lake", data=lines(*({"id": n} for n in range(count))))
        same(len(room.deliver("lake")), count)
        table = table_at(room.path / "lake")
        same([row["id"] for row in rows_of(table)], list(range(count)))
        kept = table.snapshots()
        same((len(kept), kept[-1].summary["total-records"]), (100, str(count)))
        same(sorted(row["id"] for row in table.scan(snapshot_id=kept[0].snapshot_id).to_arrow().to_pylist()), list(range(count - 99)))
        manifests = {manifest.manifest_path for snapshot in kept for manifest in snapshot.manifests(table.io)}
        same(len(kept[-1].manifests(table.io)) < 100, True)
        named = {snapshot.manifest_list for snapshot in kept} | manifests | {entry.metadata_file for entry in table.metadata.metadata_log} | {f"file://{room.path}/lake/metadata/v{count}.metadata.json", f"file://{room.path}/lake/metadata/version-hint.text"}
        same({f"file://{path}" for path in (room.path / "lake/metadata").iterdir()}, named)
        same(len(list((room.path / "lake/data").rglob("*.parquet"))), count)


def whoever_is_killed_each_record_is_in_the_table_once():
    """Worker or daemon, between one file and the next: a snapshot names what it brought, so it is not brought again."""
    with Room() as room:
        count = 3000
        (room.path / "ids.sql").write_text("id bigint")
        room.kns("stream", "create", "s")
        room.kns("firehose", "create", "lake", "--source", "s", "--to", f"iceberg+file://{room.path}/lake", "--schema", "ids.sql", "--buffer", "64B,900s")
        room.kns("stream", "put", "s", data=lines(*({"id": n} for n in range(count))))

        def version():
            hint = room.path / "lake/metadata/version-hint.text"
            return int(hint.read_text() or 0) if hint.exists() else 0

        killed = killed_while(room, ("firehose", "deliver", "lake"), version, (1, 6, 3, 2, 9, 4, 5))
        expect(killed >= 4, f"only {killed} were killed")
        until(lambda: room.kns("firehose", "deliver", "lake", check=False).returncode == 0, "all is delivered")
        same([row["id"] for row in rows_of(table_at(room.path / "lake"))], list(range(count)))


def tables_of_others_are_appended_to_or_left_alone():
    """One that PyIceberg made, without its catalog; one that a catalog has, and one with partitions, are refused."""
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import LongType, NestedField, StringType, StructType
    import pyarrow

    with Room() as room:
        catalog = SqlCatalog("theirs", uri=f"sqlite:///{room.path}/catalog.db", warehouse=f"file://{room.path}/warehouse")
        catalog.create_namespace("web")
        schema = Schema(NestedField(1, "id", LongType(), required=False), NestedField(2, "who", StructType(NestedField(4, "name", StringType(), required=False)), required=False), NestedField(3, "word", StringType(), required=False))
        theirs = catalog.create_table("web.clicks", schema)
        for n in (1, 2):
            theirs.append(pyarrow.Table.from_pylist([{"id": n, "who": {"name": "ann"}, "word": "theirs"}], schema=theirs.schema().as_arrow()))
        at = Path(theirs.location().removeprefix("file://"))
        (room.path / "ids.sql").write_text("word string, id bigint, who struct<name:string>")
        room.kns("firehose", "create", "lake", "--to", f"iceberg+file://{at}", "--schema", "ids.sql")
        room.kns("firehose", "put", "lake", data=lines({"id": 3, "word": "ours", "who": {"name": "bob"}}))
        said = room.refused("firehose", "deliver", "lake")
        expect("belongs to a catalog" in said, said)
        shutil.move(theirs.metadata_location.removeprefix("file://"), at / "metadata/v1.metadata.json")
        for left in at.glob("metadata/0*.metadata.json"):
            left.unlink()
        room.deliver("lake")
        same([(row["id"], row["who"]["name"], row["word"]) for row in rows_of(table_at(at))], [(1, "ann", "theirs"), (2, "ann", "theirs"), (3, "bob", "ours")])
        spec = PartitionSpec(PartitionField(source_id=1, field_id=1000, transform=IdentityTransform(), name="id"))
        parted = catalog.create_table("web.parted", Schema(NestedField(1, "id", LongType(), required=False)), partition_spec=spec)
        at = Path(parted.location().removeprefix("file://"))
        shutil.move(parted.metadata_location.removeprefix("file://"), at / "metadata/v1.metadata.json")
        room.kns("firehose", "update", "lake", "--to", f"iceberg+file://{at}")
        room.kns("firehose", "put", "lake", data=lines({"id": 3}))
        said = room.refused("firehose", "deliver", "lake")
        expect("the table has partitions" in said, said)


CASES = (files_become_a_table_whose_columns_grow, a_table_in_a_bucket_is_appended_to_by_two_at_once, of_many_snapshots_the_newest_are_kept_and_manifests_are_merged, whoever_is_killed_each_record_is_in_the_table_once, tables_of_others_are_appended_to_or_left_alone)
NEEDS = {case.__name__: "KNS_TEST_ARROW" for case in CASES} | {CASES[1].__name__: "KNS_TEST_S3"}
