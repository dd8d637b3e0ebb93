"""Loads a registered model by its URI and predicts the rows given as JSON. Called by registered-model.test.ts.

Usage: python tracking_model.py DATABASE URI ROWS
"""

import json
import sys

import mlflow
import pandas as pd


def main(database, uri, rows):
    mlflow.set_tracking_uri(f"sqlite:///{database}")
    model = mlflow.pyfunc.load_model(uri)
    outputs = model.predict(pd.DataFrame(json.loads(rows)))
    labels = [str(label) for label in outputs["label"]]
    print(json.dumps({"run": model.metadata.run_id, "labels": labels, "numbers": outputs["probabilities"].tolist()}))


main(*sys.argv[1:])
