"""Writes preprocess.json: what scikit-learn's transformers make of penguins and of generated columns.

python preprocess.py PENGUINS_CSV > preprocess.json

The cases have the names under which src/preprocess/reference.test.ts configures the same transformers.
"""

import json
import math
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.utils import murmurhash3_32

warnings.filterwarnings("ignore", message="Found unknown categories")

MEASURES = ["culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"]


def penguins(path):
    table = pd.read_csv(path, na_values=["NA", "."]).drop(columns="species")
    rows = np.random.default_rng(7).permutation(len(table))
    with_gaps = table.index[table.isna().any(axis=1)][:3]
    train = sorted(set(rows[:45]) | set(with_gaps))
    return as_objects(table.loc[train]), as_objects(table.loc[sorted(set(rows[45:65]) - set(train))])


def generated(count, seed, cities, unseen):
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "normal": random.normal(50, 12, count).round(3),
            "skewed": random.exponential(3, count).round(2),
            "small": random.integers(0, 4, count).astype(float),
            "flat": np.full(count, 7.25),
            "city": random.choice(cities, count, p=[0.35, 0.3, 0.15, 0.1, 0.05, 0.05]),
            "answer": random.choice(["yes", "no"], count),
            "word": random.choice(["ähnlich", "Zebra", "zebra", "😀", "\uffee"] + unseen, count),
        }
    )
    for column in ["normal", "skewed", "small"]:
        table.loc[random.random(count) < 0.15, column] = np.nan
    table["gappy"] = np.where(random.random(count) < 0.3, None, table["city"])
    return as_objects(table)


def as_objects(table):
    table = table.reset_index(drop=True)
    for column in table.columns:
        if table[column].dtype != float:
            table[column] = table[column].astype(object).where(table[column].notna(), np.nan)
    return table


def encoder(**options):
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False, **options)


def ordinal():
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


NUMBERS = ["normal", "skewed", "small"]
CASES = {
    "mean, standard": [(NUMBERS + ["flat"], make_pipeline(SimpleImputer(), StandardScaler()))],
    "median, min-max -1 to 1": [
        (NUMBERS + ["flat"], make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(feature_range=(-1, 1))))
    ],
    "most frequent number, robust": [
        (NUMBERS + ["flat"], make_pipeline(SimpleImputer(strategy="most_frequent"), RobustScaler()))
    ],
    "constant number, robust 0.1 to 0.9": [
        (NUMBERS, make_pipeline(SimpleImputer(strategy="constant", fill_value=-3.5), RobustScaler(quantile_range=(10, 90))))
    ],
    "scalers with gaps": [
        (["normal"], StandardScaler()),
        (["skewed", "normal"], MinMaxScaler()),
        (["small"], RobustScaler()),
    ],
    "one-hot": [(["city", "answer", "word"], encoder())],
    "most frequent text, one-hot": [(["gappy", "city"], make_pipeline(SimpleImputer(strategy="most_frequent"), encoder()))],
    "constant text, one-hot": [
        (["gappy"], make_pipeline(SimpleImputer(strategy="constant", fill_value="nowhere"), encoder()))
    ],
    "one-hot, drop first": [(["city", "answer"], encoder(drop="first"))],
    "one-hot, drop if binary": [(["city", "answer"], encoder(drop="if_binary"))],
    "one-hot, at least 7 rows": [(["city", "answer"], encoder(min_frequency=7))],
    "one-hot, at least a fifth": [(["city", "word"], encoder(min_frequency=0.2))],
    "one-hot, at least 7 rows, drop first": [(["city", "word"], encoder(min_frequency=7, drop="first"))],
    "ordinal": [(["gappy", "word"], ordinal())],
    "ordinal, median, standard": [
        (["gappy"], make_pipeline(ordinal(), SimpleImputer(strategy="median"), StandardScaler()))
    ],
}
PENGUINS = [
    (MEASURES, make_pipeline(SimpleImputer(), StandardScaler())),
    (["island", "sex"], make_pipeline(SimpleImputer(strategy="most_frequent"), encoder())),
]


def run(name, groups, train, test):
    steps = [(str(i), transformer, columns) for i, (columns, transformer) in enumerate(groups)]
    transformer = ColumnTransformer(steps, sparse_threshold=0, verbose_feature_names_out=False).fit(train)
    try:
        names = [str(feature) for feature in transformer.get_feature_names_out()]
    except ValueError:  # a column in two groups: scikit-learn refuses to name its features
        names = None
    # scikit-learn's name for the category of rare ones carries its own.
    names = names and [feature.removesuffix("_sklearn") for feature in names]
    return {"name": name, "featureNames": names, "train": run_rows(transformer, train), "test": run_rows(transformer, test)}


def run_rows(transformer, table):
    return [[None if math.isnan(x) else float(x) for x in row] for row in transformer.transform(table)]


def hashed(texts, buckets, signed):
    """FeatureHasher on one text a row; a missing text has no feature."""
    rows = [[] if text is None else [text] for text in texts]
    hasher = FeatureHasher(buckets, input_type="string", alternate_sign=signed)
    return hasher.transform(rows).toarray().tolist()


def columns(table):
    return {
        column: [None if x is None or x != x else x for x in table[column].tolist()] for column in table.columns
    }


def main(path):
    birds, more_birds = penguins(path)
    cities = ["Aachen", "Bonn", "Celle", "Detmold", "Emden", "Fulda"]
    train, test = generated(60, 1, cities, []), generated(25, 2, cities[:5] + ["Goslar"], ["new", "words"])
    texts = columns(test)["gappy"] + ["", "ä", "日本", "😀", "a", "ab", "abc", "abcd", "abcde"]
    report = {
        "versions": {"sklearn": sklearn.__version__, "numpy": np.__version__, "pandas": pd.__version__},
        "tables": {
            "penguins": {"train": columns(birds), "test": columns(more_birds)},
            "generated": {"train": columns(train), "test": columns(test)},
        },
        "cases": [{"table": "penguins", **run("penguins", PENGUINS, birds, more_birds)}]
        + [{"table": "generated", **run(name, groups, train, test)} for name, groups in CASES.items()],
        "hashing": {
            "texts": texts,
            "murmur3": [
                {"seed": seed, "hashes": [murmurhash3_32(text, seed=seed) for text in texts if text]}
                for seed in (0, 1, 4_000_000_000)
            ],
            "featureHasher": [
                {"buckets": buckets, "signed": signed, "rows": hashed([text or None for text in texts], buckets, signed)}
                for buckets in (1, 5, 16)
                for signed in (False, True)
            ],
        },
    }
    print(json.dumps(report, ensure_ascii=True))


main(sys.argv[1])
