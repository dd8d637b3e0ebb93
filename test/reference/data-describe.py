"""Writes data-describe.json: what pandas' describe, nunique and value_counts make of penguins and of columns made up.

python data-describe.py PENGUINS_CSV > data-describe.json

Each case has a type of Millrace, the values (null is missing, datetimes in milliseconds since 1970) and the expected
description, numbers that are not finite as text.
"""

import json
import math
import sys

import numpy as np
import pandas as pd

random = np.random.default_rng(3)


def number(value):
    value = float(value)
    return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")


def numeric(values):
    column = pd.Series(values, dtype="float64")
    described = column.describe()
    return {
        "count": int(described["count"]),
        "distinct": int(column.nunique()),
        **{name: number(described[name]) for name in ("min", "max", "mean", "std")},
        "quartiles": [number(described[name]) for name in ("25%", "50%", "75%")],
    }


def datetime(values):
    column = pd.Series(pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms"))
    described = column.describe()
    milliseconds = lambda stamp: number(stamp.value / 1e6)
    return {
        "count": int(described["count"]),
        "distinct": int(column.nunique()),
        **{name: milliseconds(described[name]) for name in ("min", "max", "mean")},
        "std": number(column.std() / pd.Timedelta(milliseconds=1)),
        "quartiles": [milliseconds(described[name]) for name in ("25%", "50%", "75%")],
    }


def categorical(values):
    column = pd.Series(values, dtype="object")
    described = column.describe()
    counts = column.value_counts()
    if len(counts):
        # describe names one of the most frequent values, which need not be the first of them in the table.
        assert counts.iloc[0] == described["freq"] and counts.iloc[0] == counts[described["top"]]
    # Ties in order of appearance, whatever pandas makes of them.
    seen = list(dict.fromkeys(column.dropna()))
    ranked = sorted(seen, key=lambda value: -int(counts[value]))
    return {
        "count": int(described["count"]),
        "distinct": int(described["unique"]),
        "top": [{"value": value, "count": int(counts[value])} for value in ranked[:5]],
    }


DESCRIBE = {"double": numeric, "long": numeric, "datetime": datetime, "string": categorical, "boolean": categorical}


def case(name, kind, values):
    plain = [None if value is None or value != value else value for value in values]
    stored = [number(value) if isinstance(value, float) else value for value in plain]
    return {"name": name, "type": kind, "values": stored, "expected": DESCRIBE[kind](plain)}


def penguins(path):
    table = pd.read_csv(path, na_values=["NA", "."])
    for name in table.columns:
        values = table[name].astype(object).tolist()
        text = table[name].dtype.kind not in "fi"
        whole = not text and (table[name].dropna() % 1 == 0).all()
        yield case(f"penguins {name}", "string" if text else "long" if whole else "double", values)


def made_up():
    gaps = [None if skip else float(x) for x, skip in zip(random.normal(5, 2, 40), random.random(40) < 0.3)]
    yield case("normal numbers with gaps", "double", gaps)
    yield case("a large offset", "double", [1e9 + float(x) for x in random.random(30)])
    yield case("one value", "double", [2.5])
    yield case("two values", "long", [3, 8])
    yield case("three values", "long", [9, -1, 4])
    yield case("equal values", "double", [0.1] * 7)
    yield case("both zeros", "double", [0.0, -0.0, 1.0])
    yield case("an infinite value", "double", [1.0, math.inf, 2.0, 3.0, 4.0, 5.0])
    yield case("nothing but missing values", "double", [None, None])
    yield case("large whole numbers", "long", [2**53 - 1, -(2**53) + 1, 7, 7])
    yield case("days", "datetime", [int(x) * 86_400_000 for x in random.integers(13_000, 20_000, 25)] + [None])
    yield case("true and false", "boolean", [True, False, None, False, True, False])
    yield case("more values than are named", "string", [str(x) for x in random.integers(0, 9, 60)] + [None])
    yield case("ties", "string", ["b", "a", "c", "a", "b", None])
    yield case("no text", "string", [None])


json.dump(
    {
        "versions": {"pandas": pd.__version__, "numpy": np.__version__},
        "cases": [*penguins(sys.argv[1]), *made_up()],
    },
    sys.stdout,
    allow_nan=False,
)
