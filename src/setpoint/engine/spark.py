"""Apache Spark reading the lake's files in place: the same expressions, on one machine or a cluster.

The master and everything else come from Spark's own configuration (`spark-defaults.conf`, see docs/scale.md); without one it
runs in this process's own local Spark. Needs the extra `spark` and Java 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ibis
import numpy as np
import pyarrow as pa

from setpoint.engine.ids import Counted, Fold, Folded, Ids, ascending, folded
from setpoint.kernel.errors import Unavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
_ALONE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


class Spark:
    """One Spark session: its own temporary views, the process's one connection to the cluster."""

    dialect = "pyspark"

    def __init__(self, threads: int) -> None:
        self._spark = _shared(threads).newSession()
        self._group = f"setpoint-{uuid4()}"

    def add_files(self, name: str, files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> None:
        """Partition columns are not inside the files: Spark reads them from the path as text, we tell their types."""
        reader = self._spark.read.option("basePath", _root(files, partitions)) if partitions else self._spark.read
        found = reader.parquet(*files)
        columns = [found[field.name].cast(_sql_type(field.type)).alias(field.name) for field in schema]
        found.select(*columns).createOrReplaceTempView(name)

    def add_rows(self, name: str, rows: pa.Table) -> None:
        """Rows in memory, sent to Spark as Arrow. Of several empty batches Spark would read no further than the second."""
        plain = rows.cast(pa.schema([(field.name, _plain(field.type)) for field in rows.schema]))
        if len(plain):
            plain = pa.Table.from_batches([batch for batch in plain.to_batches() if len(batch)], plain.schema)
        told = ", ".join(f"`{field.name}` {_sql_type(field.type)}" for field in plain.schema)
        self._spark.createDataFrame(plain, schema=told).createOrReplaceTempView(name)

    def run(self, sql: str) -> pa.Table:
        """Rows of a query."""
        self._spark.sparkContext.setJobGroup(self._group, "setpoint", interruptOnCancel=True)
        return self._spark.sql(sql).toArrow()

    def distinct(self, sql: str) -> Ids:
        """Grouped where the rows are: fewer come here."""
        return ascending([self.run(f"SELECT DISTINCT * FROM ({sql}) AS found").column(0)])  # noqa: S608 our own

    def counts(self, sql: str) -> Counted:
        """Grouped where the rows are: fewer come here."""
        found = self.run(f"SELECT id, count(*) AS times FROM ({sql}) AS found (id) WHERE id IS NOT NULL GROUP BY id")  # noqa: S608 our own
        ids, times = (found.column(name).to_numpy() for name in ("id", "times"))
        order = np.argsort(ids)
        return Counted(ids[order], times[order])

    def folded(self, sql: str, how: Fold) -> Folded:
        """Grouped where the rows are: fewer come here."""
        grouped = f"SELECT id, {how}(value) AS value FROM ({sql}) AS found (id, value) GROUP BY id"  # noqa: S608 our own
        return folded([self.run(grouped)], how)

    def interrupt(self) -> None:
        """End the query that is running, from another thread; it raises."""
        self._spark.sparkContext.cancelJobGroup(self._group)

    def close(self) -> None:
        """Forget the views; Spark itself goes on for the next session."""
        for table in self._spark.catalog.listTables():
            if table.isTemporary:
                self._spark.catalog.dropTempView(table.name)


@cache
def _shared(threads: int) -> SparkSession:
    """The process's Spark, started once: a JVM takes seconds."""
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unavailable(
            "SETPOINT_ENGINE is spark, but pyspark is not installed.",
            remedy="Install the extra: pip install 'setpoint[spark]' (and Java 17).",
        ) from error
    _ = ibis.pyspark  # its import registers the options that Ibis asks for when it compiles
    SparkContext._ensure_initialized()
    builder: Any = SparkSession.builder.appName("setpoint")
    settings = (
        _QUIET if SparkConf().contains("spark.master") else _QUIET | _ALONE | {"spark.master": f"local[{threads}]"}
    )
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark: SparkSession = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _root(files: Sequence[str], partitions: Sequence[str]) -> str:
    """The table's folder: a file's path without its name and its partitions' folders."""
    return files[0].rsplit("/", 1 + len(partitions))[0]


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type as Spark takes it from Arrow: no dictionaries, no large strings, times without a zone."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_dictionary(kind) else kind


def _sql_type(kind: pa.DataType) -> str:
    for is_kind, name in _NAMES:
        if is_kind(kind):
            return name
    return "STRING"


_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_integer, "BIGINT"),
    (pa.types.is_floating, "DOUBLE"),
    (pa.types.is_timestamp, "TIMESTAMP_NTZ"),
    (pa.types.is_date, "DATE"),
)
