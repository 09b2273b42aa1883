"""The store's tables, and the way from an older form of them to this one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
    update,
)

from lrdoctor.errors import StoreError

SCHEMA = 4
"""The form of the tables below and of the blocks in them; grows with each change to either. From 2
to 3 only new blocks differ: they are packed by Zstandard. From 3 to 4 a run tells its edition."""

tables = MetaData()

meta = Table(
    "meta",
    tables,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

log = Table(
    "log",
    tables,
    Column("number", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
)
"""What is read together: one file mostly. Its files are read once for all of its runs."""

run = Table(
    "run",
    tables,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("log", ForeignKey("log.number"), nullable=False),
    Column("run", String, nullable=False),
    Column("version", BigInteger, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("observed_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("growing", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("edition", String, nullable=False, server_default=""),
    Index("run_place", "log", "run", unique=True),
)
"""``run``: which run inside the log; "" for the only one. ``edition``: which lrdoctor its diagnosis
is by; "" for one of before editions were told."""

file = Table(
    "file",
    tables,
    Column("log", ForeignKey("log.number"), primary_key=True),
    Column("path", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("format", String, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
    Column("tail", LargeBinary, nullable=False),
    Column("notes", LargeBinary, nullable=False),
    Column("reader", LargeBinary, nullable=False),
)

tag = Table(
    "tag",
    tables,
    Column("run", ForeignKey("run.number"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("falls", Boolean, nullable=False),
    Index("tag_name", "run", "name", unique=True),
)
"""``falls``: somewhere a step goes back, so that later points overtake earlier ones."""

block = Table(
    "block",
    tables,
    Column("number", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("tag", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("end_step", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("block_place", "run", "tag", "position", unique=True),
)
"""``first_step``, ``last_step``: lowest and highest; ``end_step``: the last point's."""

status = Table(
    "status",
    tables,
    Column("number", Integer, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)


def prepare(connection: Connection) -> None:
    """Make the tables in an empty database, or see that they are of this form.

    Raises:
        StoreError: they are of a newer form than this lrdoctor knows.
    """
    found = schema_of(connection)
    if found is None:
        tables.create_all(connection)
        connection.execute(
            insert(meta), [{"name": "schema", "value": SCHEMA}, {"name": "version", "value": 0}]
        )
        return
    refuse_newer(found)
    if found < SCHEMA:
        if found < 2:
            _to_2(connection)
        else:
            connection.execute(
                text("ALTER TABLE run ADD COLUMN edition VARCHAR DEFAULT '' NOT NULL")
            )
        connection.execute(update(meta).where(meta.c.name == "schema").values(value=SCHEMA))


def _to_2(connection: Connection) -> None:
    """Logs get a table of their own: one may hold several runs."""
    held = {
        name: [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {name}"))]
        for name in ("run", "file")
    }
    for name in ("file", "run"):
        connection.execute(text(f"DROP TABLE {name}"))
    tables.create_all(connection)
    if held["run"]:
        logs = [{"number": row["number"], "key": row.pop("key")} for row in held["run"]]
        connection.execute(insert(log), logs)
        rows = [{**row, "log": row["number"], "run": ""} for row in held["run"]]
        connection.execute(insert(run), rows)
    if held["file"]:
        connection.execute(insert(file), [{"log": row.pop("run"), **row} for row in held["file"]])


def schema_of(connection: Connection) -> int | None:
    """The form of the tables; None in an empty database."""
    if not connection.dialect.has_table(connection, "meta"):
        return None
    return connection.execute(select(meta.c.value).where(meta.c.name == "schema")).scalar()


def refuse_older(found: int) -> None:
    """Raises StoreError where a writer must first bring the form up to date."""
    if found < SCHEMA:
        raise StoreError("the store is of an older lrdoctor: watch its logs once with this one")


def refuse_newer(found: int) -> None:
    """Raises StoreError where the form is newer than this lrdoctor."""
    if found > SCHEMA:
        raise StoreError(
            f"the store is of form {found}, this lrdoctor knows up to {SCHEMA}: "
            "update lrdoctor, or name another file with --store"
        )
