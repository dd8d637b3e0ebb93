"""Records what scikit-learn, numpy and scipy say of generated cases: writes metrics.json beside this file.

Run with a Python that has scikit-learn and scipy: python metrics.py. NaN is written as null.
"""

import json
import math
import pathlib
import platform
import warnings

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")
random = np.random.default_rng(20250611)


def plain(value):
    """value with numpy's types turned into JSON's."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and math.isnan(value) else value


def triple(values):
    return {"precision": values[0], "recall": values[1], "f1": values[2]}


def label_case(name, actual, predicted, classes=None, weights=None, positive=None):
    pair = (actual, predicted)
    listed = {"labels": classes, "sample_weight": weights}
    scores = {}
    for rule, value in {"0": 0, "1": 1, "nan": np.nan}.items():
        options = {**listed, "zero_division": value}
        per_class = metrics.precision_recall_fscore_support(*pair, **options)
        scores[rule] = {
            "perClass": {**triple(per_class), "support": per_class[3]},
            **{
                average: triple(metrics.precision_recall_fscore_support(*pair, average=average, **options))
                for average in ["macro", "weighted", "micro"]
            },
        }
        if positive is not None:
            scores[rule]["positive"] = triple(
                metrics.precision_recall_fscore_support(
                    *pair, average="binary", pos_label=positive, sample_weight=weights, zero_division=value
                )
            )
    return {
        "name": name,
        "actual": actual,
        "predicted": predicted,
        "classes": classes,
        "weights": weights,
        "positive": positive,
        "accuracy": metrics.accuracy_score(*pair, sample_weight=weights),
        "balancedAccuracy": metrics.balanced_accuracy_score(*pair, sample_weight=weights),
        "confusion": {
            rule: metrics.confusion_matrix(*pair, normalize=normalize, **listed)
            for rule, normalize in {"counts": None, "actual": "true", "predicted": "pred", "all": "all"}.items()
        },
        "scores": scores,
    }


def draw_labels(classes, n, right):
    actual = random.choice(classes, n)
    noise = random.choice(classes, n)
    return actual.tolist(), np.where(random.random(n) < right, actual, noise).tolist()


def label_cases():
    seven = [f"c{i}" for i in range(7)]
    weights = random.random(40)
    some_zero = np.where(np.arange(40) % 4 == 0, 0.0, weights)
    yield label_case("binary strings", *draw_labels(["no", "yes"], 60, 0.6), positive="yes")
    yield label_case("binary numbers", *draw_labels([0, 1], 60, 0.3), positive=1)
    yield label_case("binary, the other one positive", *draw_labels([0, 1], 60, 0.5), positive=0)
    yield label_case("binary with weights", *draw_labels([0, 1], 40, 0.5), weights=weights, positive=1)
    yield label_case("numbers whose text sorts otherwise", *draw_labels([-1, 7, 10, 2], 50, 0.5))
    yield label_case("three classes", *draw_labels(["a", "b", "c"], 80, 0.5))
    yield label_case("three classes with weights", *draw_labels(["a", "b", "c"], 40, 0.5), weights=weights)
    yield label_case("three classes, a quarter of the weights zero", *draw_labels([0, 1, 2], 40, 0.5), weights=some_zero)
    yield label_case("three classes with whole weights", *draw_labels([0, 1, 2], 40, 0.5), weights=np.arange(40))
    yield label_case("seven classes", *draw_labels(seven, 150, 0.7))
    yield label_case("seven classes, few rows", *draw_labels(seven, 9, 0.4), classes=seven)
    yield label_case("capitals sort before small letters", *draw_labels(["b", "A", "a", "Z", "é"], 50, 0.6))
    actual, predicted = draw_labels(["a", "b", "c"], 40, 0.5)
    yield label_case("a class that is never predicted", actual, ["a" if p == "c" else p for p in predicted])
    yield label_case("a class that never occurs but is predicted", ["a" if p == "c" else p for p in actual], predicted)
    yield label_case("a class that neither occurs nor is predicted", actual, predicted, classes=["a", "b", "c", "d"])
    yield label_case("classes in another order", actual, predicted, classes=["c", "a", "b"])
    yield label_case("a class all of whose rows weigh nothing", [0, 0, 1, 2, 2], [0, 1, 1, 2, 1], weights=[1, 2, 0, 3, 1])
    yield label_case("perfect", actual, actual)
    yield label_case("always wrong", [0, 1, 0, 1], [1, 0, 1, 0], positive=1)
    yield label_case("one class", [1, 1, 1], [1, 1, 1], positive=1)
    yield label_case("one class that is not the positive one", [0, 0, 0], [0, 0, 0], positive=1)
    yield label_case("one row, right", ["a"], ["a"])
    yield label_case("one row, wrong", ["a"], ["b"])
    yield label_case("always the majority", ["a"] * 30 + ["b"] * 5, ["a"] * 35, positive="b")


def top_label_error(actual, probabilities, bins):
    """Expected calibration error as Guo et al. (2017), equation 5, state it."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    error = 0.0
    edges = np.linspace(0, 1, bins + 1)
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def probability_case(name, actual, probabilities, classes, weights=None, areas=True):
    labels = sorted(classes)
    area = lambda strategy, average, weights=None: metrics.roc_auc_score(
        actual, probabilities, multi_class=strategy, average=average, labels=labels, sample_weight=weights
    )
    columns = [labels.index(label) for label in actual]
    return {
        "name": name,
        "classes": labels,
        "actual": actual,
        "float32": probabilities.dtype == np.float32,
        "probabilities": probabilities.ravel(),
        "weights": weights,
        "logLoss": metrics.log_loss(actual, probabilities, labels=labels, sample_weight=weights),
        "brierScore": metrics.brier_score_loss(actual, probabilities, labels=labels, sample_weight=weights),
        "brierScoreHalved": metrics.brier_score_loss(
            actual, probabilities, labels=labels, sample_weight=weights, scale_by_half=True
        ),
        "calibrationErrors": {
            str(bins): top_label_error(np.array(columns), probabilities, bins) for bins in [5, 15]
        },
        "areas": None
        if len(labels) == 2 or not areas
        else {
            "one-vs-rest macro": area("ovr", "macro", weights),
            "one-vs-rest weighted": area("ovr", "weighted", weights),
            "one-vs-one macro": area("ovo", "macro"),
            "one-vs-one weighted": area("ovo", "weighted"),
        },
    }


def draw_probabilities(labels, classes, sharpness):
    logits = random.normal(size=(len(labels), len(classes)))
    logits[np.arange(len(labels)), [classes.index(label) for label in labels]] += sharpness
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def probability_cases():
    three, seven = ["a", "b", "c"], list(range(7))
    binary = random.choice([0, 1], 60).tolist()
    labels3 = random.choice(three, 60, p=[0.6, 0.3, 0.1]).tolist()
    labels7 = random.choice(seven, 90).tolist()
    weights = random.random(60)
    some_zero = np.where(np.arange(60) % 3 == 0, 0.0, weights)
    sure3 = np.eye(3)[[three.index(label) for label in labels3]]
    yield probability_case("binary", binary, draw_probabilities(binary, [0, 1], 1.0), [0, 1])
    yield probability_case("binary with weights", binary, draw_probabilities(binary, [0, 1], 0.5), [0, 1], weights)
    yield probability_case("three classes", labels3, draw_probabilities(labels3, three, 1.0), three)
    yield probability_case("three classes with weights", labels3, draw_probabilities(labels3, three, 1.0), three, weights)
    yield probability_case("some weights zero", labels3, draw_probabilities(labels3, three, 1.0), three, some_zero)
    yield probability_case("seven classes", labels7, draw_probabilities(labels7, seven, 1.5), seven)
    tied = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5], [0.5, 0.5, 0.0]])
    yield probability_case("many ties", labels3, tied[random.integers(0, 4, 60)], three)
    yield probability_case("useless", labels3, np.full((60, 3), 1 / 3), three)
    yield probability_case("certain and right", labels3, sure3, three)
    yield probability_case("certain and wrong", labels3, np.roll(sure3, 1, axis=1), three)
    two = [label for label in labels3 if label != "c"]
    yield probability_case("a class without rows", two, draw_probabilities(two, three, 1.0), three)
    only = ["b"] * 5
    yield probability_case("one class alone", only, draw_probabilities(only, three, 1.0), three, areas=False)
    yield probability_case("one row", ["a"], draw_probabilities(["a"], three, 1.0), three, areas=False)
    uneven = draw_probabilities(labels3, three, 1.0) * 0.7
    yield probability_case("rows that do not sum to one", labels3, uneven, three, areas=False)
    yield probability_case("single precision", labels3, draw_probabilities(labels3, three, 1.0).astype(np.float32), three)
    sure32 = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    yield probability_case("single precision, certain", [0, 1, 0], sure32, [0, 1])


def score_case(name, actual, scores, positive, weights=None):
    scores = np.asarray(scores, dtype=float)
    truth = np.array([label == positive for label in actual]).astype(int)
    is_probability = scores.min() >= 0 and scores.max() <= 1
    curve = lambda bins, strategy: dict(
        zip(["observed", "predicted"], calibration_curve(truth, scores, n_bins=bins, strategy=strategy))
    )
    return {
        "name": name,
        "actual": actual,
        "scores": scores,
        "positive": positive,
        "weights": weights,
        "area": metrics.roc_auc_score(truth, scores, sample_weight=weights),
        "curves": {
            f"{strategy} {bins}": curve(bins, strategy)
            for strategy in ["uniform", "quantile"]
            for bins in [1, 2, 5, 10, 13]
        }
        if is_probability
        else None,
        "logLoss": metrics.log_loss(truth, scores, sample_weight=weights) if is_probability else None,
        "brierScore": metrics.brier_score_loss(truth, scores, sample_weight=weights) if is_probability else None,
    }


def score_cases():
    for n, digits in [(30, 16), (100, 1), (101, 2), (90, 16)]:
        actual = random.choice(["no", "yes"], n).tolist()
        spread = np.array([0.35 if label == "yes" else 0.0 for label in actual])
        scores = np.round(np.clip(random.random(n) * 0.65 + spread, 0, 1), digits)
        weights = random.random(n) if digits == 2 else None
        yield score_case(f"{n} rows, {digits} digits", actual, scores, "yes", weights)
        yield score_case(f"{n} rows, {digits} digits, the other way", actual, scores, "no", weights)
    actual = random.choice([0, 1, 2], 50).tolist()
    yield score_case("one class against two others", actual, random.random(50), 2)
    yield score_case("logits", actual, random.normal(size=50) * 10, 0)
    yield score_case("weights with zeros", [0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.8], 1, [1, 0, 2, 0.5, 3])
    yield score_case("all scores the same", [0, 1, 1], [0.4, 0.4, 0.4], 1)
    yield score_case("values on the edges", [0, 1, 0, 1, 1, 0, 1], [0, 0.2, 0.4, 0.6, 0.6000000000000001, 0.8, 1], 1)
    yield score_case("certain", [0, 1, 0, 1], [0, 1, 1, 0], 1)
    # Sizes at which a quantile taken by way of percent is a bit off, and puts a value in another bin.
    for n in [66, 91]:
        scores = np.round(np.random.default_rng(n).random(n), 3)
        yield score_case(f"{n} rows, quantiles by percent", [i % 2 for i in range(n)], scores, 1)


def number_case(name, actual, predicted, weights=None):
    options = {"sample_weight": weights}
    return {
        "name": name,
        "actual": actual,
        "predicted": predicted,
        "weights": weights,
        "mse": metrics.mean_squared_error(actual, predicted, **options),
        "rmse": metrics.root_mean_squared_error(actual, predicted, **options),
        "mae": metrics.mean_absolute_error(actual, predicted, **options),
        "r2": metrics.r2_score(actual, predicted, **options),
        "spearman": stats.spearmanr(actual, predicted).statistic,
    }


def number_cases():
    actual = random.normal(size=50) * 10
    weights = random.random(50)
    yield number_case("fifty rows", actual, actual + random.normal(size=50))
    yield number_case("fifty rows with weights", actual, actual + random.normal(size=50), weights)
    yield number_case("weights with zeros", actual, -actual, np.where(np.arange(50) % 2 == 0, 0.0, weights))
    yield number_case("far from zero", actual + 1e6, actual + 1e6 + random.normal(size=50))
    yield number_case("ties", random.integers(0, 5, 60), random.integers(0, 4, 60))
    yield number_case("perfect", actual, actual)
    yield number_case("always the mean", [1.0, 2, 3], [2.0, 2, 2])
    yield number_case("constant and missed", [2.0, 2, 2], [1.0, 2, 3])
    yield number_case("constant and hit", [2.0, 2, 2], [2.0, 2, 2])
    yield number_case("one row", [3.0], [5.0])
    yield number_case("two rows", [1.0, 2.0], [5.0, 3.0])


def interval_case():
    rows = random.normal(size=80) + 3
    interval = stats.bootstrap((rows,), np.mean, n_resamples=100_000, method="percentile", rng=1).confidence_interval
    return {"rows": rows, "low": interval.low, "high": interval.high, "level": 0.95}


def quantile_cases():
    for n in [1, 2, 7, 101]:
        values = np.sort(random.random(n))
        points = np.linspace(0, 1, 21)
        yield {"sorted": values, "points": points, "quantiles": np.quantile(values, points)}


recorded = {
    "versions": {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "labels": list(label_cases()),
    "probabilities": list(probability_cases()),
    "scores": list(score_cases()),
    "numbers": list(number_cases()),
    "interval": interval_case(),
    "quantiles": list(quantile_cases()),
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(plain(recorded), allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
