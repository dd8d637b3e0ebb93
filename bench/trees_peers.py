"""Times gradient boosting of other libraries: one JSON case a line on stdin, one JSON answer a line on stdout."""

import json
import sys
import time

import lightgbm
import numpy
import sklearn
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits


def with_lightgbm(features, targets, threads):
    settings = dict(
        objective="binary",
        learning_rate=0.1,
        num_leaves=31,
        min_data_in_leaf=1,
        min_sum_hessian_in_leaf=1,
        lambda_l2=1,
        max_bin=255,
        num_threads=threads,
        verbose=-1,
    )
    model = lightgbm.train(settings, lightgbm.Dataset(features, targets, params=settings), 100)
    return model.predict, f"LightGBM {lightgbm.__version__}"


def with_xgboost(features, targets, threads):
    settings = dict(
        objective="binary:logistic",
        tree_method="hist",
        grow_policy="lossguide",
        max_depth=0,
        max_leaves=31,
        eta=0.1,
        max_bin=255,
        nthread=threads,
    )
    model = xgboost.train(settings, xgboost.DMatrix(features, targets, nthread=threads), 100)
    return lambda rows: model.predict(xgboost.DMatrix(rows)), f"XGBoost {xgboost.__version__}"


def with_sklearn(features, targets, threads):
    with threadpool_limits(threads):
        model = HistGradientBoostingClassifier(
            max_iter=100, max_leaf_nodes=31, min_samples_leaf=1, l2_regularization=1, early_stopping=False
        ).fit(features, targets)
    return lambda rows: model.predict_proba(rows)[:, 1], f"scikit-learn {sklearn.__version__}"


libraries = {"lightgbm": with_lightgbm, "xgboost": with_xgboost, "sklearn": with_sklearn}

for line in sys.stdin:
    case = json.loads(line)
    rows = case["rows"]
    features = numpy.fromfile(f"{case['folder']}/features.f32", "float32").reshape(-1, case["features"])
    targets = numpy.fromfile(f"{case['folder']}/targets.f64", "float64")
    started = time.perf_counter()
    predict, version = libraries[case["library"]](features[:rows], targets[:rows], case["threads"])
    seconds = time.perf_counter() - started
    auc = roc_auc_score(targets[rows:], predict(features[rows:]))
    print(json.dumps({"seconds": seconds, "auc": auc, "version": version}), flush=True)
