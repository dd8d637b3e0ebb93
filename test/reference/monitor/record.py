"""Records what Evidently, SciPy and NumPy say of generated cases: writes evidently.json beside this file.

Run with a Python that has evidently 0.7.21 (and pandas < 3): python record.py ../../../systems/penguins/data/penguins.csv
A case's values come from a linear congruential generator that the test rebuilds: x = (1664525 x + 1013904223) mod 2^32,
advanced before each value; u = x / 2^32.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import scipy
from evidently import BinaryClassification, DataDefinition, Dataset, MulticlassClassification, Regression, Report
from evidently.legacy.calculations.stattests import registry
from evidently.legacy.core import ColumnType
from evidently.metrics import DriftedColumnsCount, ValueDrift
from evidently.presets import ClassificationPreset, DataSummaryPreset, RegressionPreset
from scipy import special, stats

warnings.filterwarnings("ignore")


def uniform(seed, count):
    values, x = np.empty(count), seed
    for i in range(count):
        x = (1664525 * x + 1013904223) % 2**32
        values[i] = x / 2**32
    return values


def bucket(u, cuts, labels):
    return np.array(labels)[np.searchsorted(cuts, u, side="right")]


NUMBERS = {
    "num_small": (uniform(1, 300), 1.1 * uniform(2, 250) + 0.05),
    "num_large": (uniform(1, 1500), 1.1 * uniform(2, 1200) + 0.05),
    "num_few_values": (np.floor(4 * uniform(3, 400)), np.floor(4 * uniform(4, 350) ** 1.2)),
    "num_tiny": (uniform(9, 7), uniform(10, 12) + 0.3),
    "num_tiny_tied": (np.floor(6 * uniform(11, 18)), np.floor(6 * uniform(12, 15) + 1)),
    "num_equal_sizes": (uniform(13, 200), uniform(14, 200) * 0.9),
    "num_alike": (uniform(15, 900), uniform(16, 700)),
    "num_huge_current": (uniform(17, 60), uniform(18, 12000)),
    "num_both_huge": (uniform(19, 11000), uniform(20, 12000) ** 1.02),
    "num_whole": (np.floor(40 * uniform(21, 500)), np.floor(38 * uniform(22, 400) + 3)),
}
THREE, TWO = ["Adelie", "Chinstrap", "Gentoo"], ["FEMALE", "MALE"]
CATEGORIES = {
    "cat3_small": (bucket(uniform(5, 344), [0.44, 0.64], THREE), bucket(uniform(6, 200), [0.35, 0.60], THREE)),
    "cat2_small": (bucket(uniform(7, 344), [0.50], TWO), bucket(uniform(8, 200), [0.42], TWO)),
    "cat3_large": (bucket(uniform(5, 2000), [0.44, 0.64], list("abc")), bucket(uniform(6, 1500), [0.38, 0.62], list("abc"))),
    "cat2_equal": (bucket(uniform(7, 80), [0.50], TWO), bucket(uniform(8, 80), [0.35], TWO)),
    "cat_unseen": (bucket(uniform(23, 100), [0.5], list("ab")), bucket(uniform(24, 90), [0.5, 0.9], list("abc"))),
    "cat_same": (np.array(["x"] * 20), np.array(["x"] * 30)),
}


# Evidently 0.7.21 still calls NumPy by a name that NumPy 2 has given up.
np_percentile, np.percentile = np.percentile, lambda *args, interpolation="linear", **named: np_percentile(
    *args, **({"method": interpolation} | named))


def scores(reference, current, column_type):
    found = {}
    for name, test in registry._registered_stat_tests.items():
        if column_type not in test or column_type == ColumnType.Text:
            continue
        if name == "empirical_mmd" and len(reference) + len(current) > 3000:
            continue
        try:
            stat_test = test[column_type]
            result = stat_test(pd.Series(reference), pd.Series(current), column_type, None)
            if np.isnan(result.drift_score):
                continue
            found[name] = {"score": float(result.drift_score), "threshold": float(result.actual_threshold), "drift": bool(result.drifted)}
        except Exception as error:  # what Evidently refuses is recorded as such
            found[name] = {"error": str(error)}
    if column_type == ColumnType.Numerical:
        # Evidently's own copy of the exact test counts in float32.
        p = float(stats.cramervonmises_2samp(reference, current).pvalue)
        found["cramer_von_mises"] = {"score": p, "threshold": 0.1, "drift": p <= 0.1}
    return found


def functions():
    ks = [(n, m, d) for n, m in [(5, 9), (40, 40), (300, 250), (12000, 3), (12000, 25), (12000, 130), (20000, 150),
          (20000, 900), (20000, 15000), (400000, 300000)] for d in [0.005, 0.012, 0.03, 0.08, 0.17, 0.3, 0.55, 0.9]]
    return {
        "kolmogorov": [{"n": n, "m": m, "d": d, "p": ks_p(n, m, d)} for n, m, d in ks],
        "chi_square": [{"x": x, "df": df, "p": float(stats.chi2.sf(x, df))} for x in [0.01, 1, 5, 40, 200] for df in [1, 2, 7, 60, 300]],
        "student": [{"t": t, "df": df, "p": float(2 * stats.t.sf(t, df))} for t in [0, 0.3, 1.7, 4, 12] for df in [1, 4, 30, 548, 200000]],
        "normal": [{"z": z, "p": float(stats.norm.sf(z))} for z in [-3, -0.2, 0, 0.7, 2, 6, 20]],
        "bessel": [{"x": x, "value": float(special.kve(0.25, x))} for x in [0.01, 0.2, 1, 5, 80]],
    }


def ks_p(n, m, d):
    if max(n, m) <= 10000:
        import math
        from scipy.stats import _stats_py as sp
        _, _, p = sp._attempt_exact_2kssamp(n, m, math.gcd(n, m), d, "two-sided")
        return float(np.clip(p, 0, 1))
    return float(stats.kstwo.sf(d, np.round(n * m / (n + m))))


def penguins(path):
    table = pd.read_csv(path, na_values=["NA", "."])
    reference = table.assign(prediction=table["species"])
    current = table.dropna().iloc[::2].reset_index(drop=True)
    current["prediction"] = current["species"]
    index = np.arange(len(current))
    current["body_mass_g"] += (index % 10) / 10 * 3 * table["body_mass_g"].std()
    wrong = index[index % 5 == 0]
    current.loc[wrong, "species"] = [THREE[i % 3] for i in range(len(wrong))]
    columns = ["island", "sex", "culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"]
    definition = DataDefinition(
        numerical_columns=columns[2:],
        categorical_columns=["island", "sex", "species", "prediction"],
        classification=[MulticlassClassification(target="species", prediction_labels="prediction")],
    )
    current_data = Dataset.from_pandas(current, data_definition=definition)
    reference_data = Dataset.from_pandas(reference, data_definition=definition)
    summary = Report([DataSummaryPreset()], include_tests=True)
    report = Report([DriftedColumnsCount(columns=columns, drift_share=0.1)] + [ValueDrift(column=c) for c in columns]
                    + [ClassificationPreset()], include_tests=True)
    alone = Report([ClassificationPreset()], include_tests=True)
    return {
        "drift": flat(report.run(current_data, reference_data)),
        "summary": flat(summary.run(current_data, reference_data)),
        "summary_alone": flat(summary.run(current_data, None)),
        "quality_alone": flat(alone.run(current_data, None)),
    }


def binary():
    u = uniform(31, 1200)
    p = uniform(32, 1200)
    frame = pd.DataFrame({"target": (u < p**1.2).astype(int), "prediction": (p > 0.5).astype(int), "probability": p})
    definition = DataDefinition(categorical_columns=["target", "prediction"], numerical_columns=["probability"],
                                classification=[BinaryClassification(target="target", prediction_labels="prediction",
                                                                     prediction_probas="probability", pos_label=1)])
    return flat(Report([ClassificationPreset()], include_tests=True).run(Dataset.from_pandas(frame, data_definition=definition), None))


def regression():
    actual = 10 + 5 * uniform(41, 500)
    frame = pd.DataFrame({"target": actual, "prediction": actual + uniform(42, 500) - 0.4})
    definition = DataDefinition(numerical_columns=["target", "prediction"],
                                regression=[Regression(target="target", prediction="prediction")])
    return flat(Report([RegressionPreset()], include_tests=True).run(Dataset.from_pandas(frame, data_definition=definition), None))


def flat(snapshot):
    result = json.loads(snapshot.json())
    return {
        "metrics": {metric["metric_name"]: metric["value"] for metric in result["metrics"]},
        "tests": [{key: test[key] for key in ("name", "description", "status")} for test in result["tests"]],
    }


def main():
    record = {
        "made by": f"record.py with Evidently 0.7.21, SciPy {scipy.__version__}, NumPy {np.__version__}, pandas {pd.__version__}",
        "numbers": {name: scores(*pair, ColumnType.Numerical) for name, pair in NUMBERS.items()},
        "categories": {name: scores(*pair, ColumnType.Categorical) for name, pair in CATEGORIES.items()},
        "functions": functions(),
        "penguins": penguins(sys.argv[1]),
        "binary": binary(),
        "regression": regression(),
    }
    pathlib.Path(__file__).with_name("evidently.json").write_text(json.dumps(record, indent=1) + "\n")


main()
