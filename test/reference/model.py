"""Opens model folders with MLflow and predicts the same rows in every form that it takes. Called by model.ts.

Usage: python model.py FOLDER, where FOLDER has the models `classifier` and `regressor`, and rows.json.
"""

import json
import os
import platform
import sys

import mlflow
import numpy as np
import onnxruntime
import pandas as pd


def answer(outputs):
    """Labels and numbers of a prediction, whatever order the numbers' array has."""
    if "label" in outputs:
        numbers = outputs["probabilities"]
        return {"labels": [str(label) for label in outputs["label"]], "values": np.asarray(numbers).ravel().tolist()}
    return {"values": np.asarray(outputs["prediction"]).ravel().tolist()}


def backwards(answers, count):
    """The answers to rows in the order of the rows, when they were given last to first."""
    values = np.asarray(answers["values"]).reshape(count, -1)[::-1].ravel().tolist()
    return {**answers, "values": values, **({"labels": answers["labels"][::-1]} if "labels" in answers else {})}


def ask(path, rows):
    model = mlflow.pyfunc.load_model(path)
    inputs = model.metadata.signature.inputs.inputs
    texts = [spec.name for spec in inputs if spec.type.kind in "OU"]
    names = [spec.name for spec in inputs]
    frame = pd.DataFrame(rows)
    objects = frame.astype({name: object for name in texts}).where(frame.notna(), None)
    # MLflow refuses None and pandas.NA in the first row; the last of our rows has nothing but gaps.
    plain = frame.astype({name: np.float32 for name in names if name not in texts}).fillna({name: "" for name in texts})
    numbers = {name: frame[name].to_numpy(np.float32) for name in names if name not in texts}
    # A dict has to hold arrays of the very types of the signature: missing texts are None as text.
    arrays = {**numbers, **{name: np.array([str(row[name]) for row in rows]) for name in texts}}
    loaded = mlflow.onnx.load_model(path)
    session = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {**numbers, **{name: np.array([row[name] or "" for row in rows], dtype=object) for name in texts}}
    names_out = [output.name for output in session.get_outputs()]
    return {
        "frame": answer(model.predict(frame)),
        "frame of objects": answer(model.predict(objects)),
        "nullable frame": answer(model.predict(frame.convert_dtypes(convert_integer=False))),
        "plain frame, last row first": backwards(answer(model.predict(plain[::-1].reset_index(drop=True))), len(rows)),
        "dict of arrays": answer(model.predict(arrays)),
        "onnx": answer(dict(zip(names_out, session.run(None, feeds)))),
        "example": answer(model.predict(model.input_example)),
    }


folder = sys.argv[1]
with open(os.path.join(folder, "rows.json")) as file:
    rows = json.load(file)
versions = {
    "python": platform.python_version(),
    "mlflow": mlflow.__version__,
    "onnxruntime": onnxruntime.__version__,
    "pandas": pd.__version__,
    "numpy": np.__version__,
}
answers = {name: ask(os.path.join(folder, name), rows) for name in ("classifier", "regressor")}
print(json.dumps({"versions": versions, **answers}))
