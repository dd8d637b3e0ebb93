"""Writes trees.json: what scikit-learn's histogram gradient boosting makes of generated columns with gaps.

python trees.py > trees.json

Its settings are those under which it grows the same trees as src/trees/reference.test.ts asks for. In leaves of very few
rows several divisions are equally good; which one is taken shows on other rows only, so that with classes just the rows
learned from are kept.
"""

import json

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

ROWS, TRAIN = 260, 200
random = np.random.default_rng(11)
X = random.normal(0, 1, (ROWS, 5)).round(3)
X[:, 3] = random.integers(0, 4, ROWS)
X[random.random(ROWS) < 0.15, 1] = np.nan
X[:, 4] = np.round(X[:, 4] * 40, 0)
signal = X[:, 0] * 2 + np.where(np.isnan(X[:, 1]), 1.5, np.sin(2 * X[:, 1])) + (X[:, 3] == 2) - X[:, 2] * X[:, 0]
number = (signal + random.normal(0, 0.3, ROWS)).round(4)
two = (signal + random.normal(0, 1, ROWS) > 0.6).astype(int)
three = np.digitize(signal + random.normal(0, 0.8, ROWS), [-0.2, 1.4])
weights = random.uniform(0.5, 1.5, TRAIN).round(3)


def shared(rows_in_leaf):
    return dict(
        learning_rate=0.1,
        max_iter=30,
        max_leaf_nodes=8,
        l2_regularization=1.0,
        max_bins=255,
        min_samples_leaf=rows_in_leaf,
        early_stopping=False,
    )


def case(name, estimator, target, weights, answers):
    estimator.fit(X[:TRAIN], target[:TRAIN], sample_weight=weights)
    return {
        "name": name,
        "target": target[:TRAIN].tolist(),
        "weights": None if weights is None else weights.tolist(),
        "answers": np.asarray(answers(estimator), dtype=float).round(7).tolist(),
    }


def numbers(estimator):
    return estimator.predict(X)


def probabilities(estimator):
    return estimator.predict_proba(X[:TRAIN])


cases = [
    case("regression", HistGradientBoostingRegressor(**shared(5)), number, None, numbers),
    case("two classes", HistGradientBoostingClassifier(**shared(1)), two, weights, probabilities),
    case("three classes", HistGradientBoostingClassifier(**shared(1)), three, weights, probabilities),
]
data = {
    "made with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "features": [[None if np.isnan(value) else value for value in row] for row in X.tolist()],
    "cases": cases,
}
print(json.dumps(data, separators=(",", ":")))
