"""Writes the Parquet files that the tests of the room data read: python test/reference/data.py"""

import datetime
import decimal
import json
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent


frame = pd.DataFrame(
    {
        "whole": pd.array([1, None, 2**53 - 1], dtype="Int64"),
        "unsigned": np.array([0, 1, 2**32 - 1], dtype="uint32"),
        "single": np.array([1.5, np.nan, -0.25], dtype="float32"),
        "text": ["a", None, "ü"],
        "flag": pd.array([True, None, False], dtype="boolean"),
        "time": pd.to_datetime(["2024-01-01 12:00:00.123456", None, "1969-12-31 23:59:59"], format="ISO8601"),
        "day": [datetime.date(2024, 1, 1), None, datetime.date(1960, 2, 29)],
        "category": pd.Categorical(["x", "y", "x"]),
        "decimal": [decimal.Decimal("1.10"), None, decimal.Decimal("-3.30")],
    }
)
files = here / "data"
files.mkdir(exist_ok=True)
for codec in ["snappy", "zstd", "gzip", "brotli", "lz4", "none"]:
    frame.to_parquet(files / f"{codec}.parquet", compression=None if codec == "none" else codec)
pq.write_table(pa.table({"list": [[1], [2]], "struct": [{"a": 1}, {"a": 2}], "x": [1, 2]}), files / "nested.parquet")
pq.write_table(pa.table({"x": [2**60, 2]}), files / "huge.parquet")
pq.write_table(pa.table({"x": pa.array([], pa.int64())}), files / "no-rows.parquet")

versions = {"pandas": pd.__version__, "pyarrow": pa.__version__}
(files / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")
