"""Records what pandas and scikit-learn say, for the tests of the room data: python test/reference/data.py"""

import datetime
import decimal
import json
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sklearn
from sklearn.model_selection import TimeSeriesSplit

here = pathlib.Path(__file__).parent


def described(values):
    series = pd.Series(values, dtype="float64")
    return {"values": values, "describe": {k: None if pd.isna(v) else float(v) for k, v in series.describe().items()}}


random = np.random.default_rng(7)
describe = [
    described([3.0, 1.0, 2.0, None, 10.0]),
    described([1.5]),
    described([None, None]),
    described([-1e9, 1e9, 0.0, 1e-9]),
    described([1e8 + 0.1, 1e8 + 0.2, 1e8 + 0.3]),
    described([float(round(x, 6)) for x in random.normal(50, 12, 101)]),
    described([float(x) for x in random.integers(0, 5, 40)]),
]

text = pd.Series(["b", "a", None, "b", "c", "a", "b"]).describe()
folds = [
    {"rows": rows, "folds": n, "tests": [[int(t[0]), int(t[-1])] for _, t in TimeSeriesSplit(n).split(np.zeros(rows))]}
    for rows, n in [(10, 3), (11, 3), (100, 5), (7, 6)]
]

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

recorded = {
    "versions": {"pandas": pd.__version__, "scikit-learn": sklearn.__version__, "pyarrow": pa.__version__},
    "describe": describe,
    "text": {k: (v if isinstance(v, str) else int(v)) for k, v in text.items()},
    "timeSeriesSplit": folds,
}
(here / "data.json").write_text(json.dumps(recorded, indent=1) + "\n")
