"""Records what MLflow's own tracking server answers to bad requests, for src/tracking/server/bad-requests.test.ts.

Run with MLflow 3.17.2:  python test/reference/bad-requests.py

Every endpoint is asked with bodies that are none, without each field that it needs, and with values of the wrong kind;
then come things that are not there or deleted, limits, and paths that lead elsewhere. Steps are those of
tracking-server.py; answers that are no errors are left out.
"""

import os
import sys
from importlib import import_module

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
recorder = import_module("tracking-server")

API = "/api/2.0/mlflow/"
PROXY = "/api/2.0/mlflow-artifacts/artifacts/"
steps = []


def step(name, method, path, data=None, save=None, **more):
    path = path if path.startswith("/") else API + path
    steps.append({"name": name, "method": method, "path": path, "data": data, "save": save or {}, **more})


# What there is
step("experiment", "POST", "experiments/create", {"name": "alpha"}, save={"exp": "experiment_id"})
step("deleted experiment", "POST", "experiments/create", {"name": "gone"}, save={"gone": "experiment_id"})
step("run", "POST", "runs/create", {"experiment_id": "{exp}", "run_name": "first"}, save={"run": "run.info.run_id"})
step("run that is deleted", "POST", "runs/create", {"experiment_id": "{exp}"}, save={"dead": "run.info.run_id"})
step("run of the deleted experiment", "POST", "runs/create", {"experiment_id": "{gone}"}, save={"lost": "run.info.run_id"})
step("delete the run", "POST", "runs/delete", {"run_id": "{dead}"})
step("delete the experiment", "POST", "experiments/delete", {"experiment_id": "{gone}"})
step("parameter", "POST", "runs/log-parameter", {"run_id": "{run}", "key": "lr", "value": "0.1"})
step("metric", "POST", "runs/log-metric", {"run_id": "{run}", "key": "acc", "value": 1, "timestamp": 1})
step("model", "POST", "registered-models/create", {"name": "iris"})
step("version", "POST", "model-versions/create", {"name": "iris", "source": "s3://bucket/model"})
step("deleted version", "POST", "model-versions/create", {"name": "iris", "source": "s3://bucket/other"})
step("delete the version", "DELETE", "model-versions/delete", {"name": "iris", "version": "2"})
step("logged model", "POST", "logged-models", {"experiment_id": "{exp}", "name": "forest"}, save={"model": "model.info.model_id"})
step("file", "PUT", PROXY + "{exp}/{run}/artifacts/a.txt", text="hello", contentType="text/plain")

TEXT, INT, NUMBER, FLAG, TEXTS, PAIRS, VIEW, RECORDS = "text int number flag texts pairs view records".split()

# Wrong values by kind; None leaves the field out.
WRONG = {
    TEXT: [None, "", 123, ["a"]],
    INT: [None, "x", 1.5, [1], True],
    NUMBER: [None, "x", [1], True],
    FLAG: ["x", 3],
    TEXTS: ["x", [1], {"a": "b"}],
    PAIRS: ["x", [1], [{"value": "v"}], [{"key": 1, "value": "v"}], [{"key": "k", "value": 1}]],
    VIEW: ["NOPE", 99],
    RECORDS: ["x", [1], [{}]],
}
WRONG_IN_QUERY = {TEXT: [None, ""], INT: ["x", "1.5"], NUMBER: ["x"], FLAG: ["x"], TEXTS: [], VIEW: ["NOPE"]}

RUN = ("run_id", TEXT, "{run}")
EXPERIMENT = ("experiment_id", TEXT, "{exp}")
KEY, VALUE = ("key", TEXT, "k"), ("value", TEXT, "v")
MODEL = ("model_id", TEXT, "{model}")
NAME, VERSION = ("name", TEXT, "iris"), ("version", TEXT, "1")
FILTER, ORDER, TOKEN = ("filter", TEXT, ""), ("order_by", TEXTS, []), ("page_token", TEXT, "")
MOST = ("max_results", INT, 5)

# Every endpoint with its fields: name, kind, a value that is right. Each is asked with one of them wrong.
ENDPOINTS = [
    ("POST", "experiments/create", [("name", TEXT, "new"), ("artifact_location", TEXT, "s3://b"), ("tags", PAIRS, [])]),
    ("GET", "experiments/get", [EXPERIMENT]),
    ("GET", "experiments/get-by-name", [("experiment_name", TEXT, "alpha")]),
    ("POST", "experiments/search", [MOST, FILTER, ORDER, TOKEN, ("view_type", VIEW, 3)]),
    ("POST", "experiments/update", [EXPERIMENT, ("new_name", TEXT, "alpha")]),
    ("POST", "experiments/delete", [("experiment_id", TEXT, "987")]),
    ("POST", "experiments/restore", [("experiment_id", TEXT, "987")]),
    ("POST", "experiments/set-experiment-tag", [EXPERIMENT, KEY, VALUE]),
    ("POST", "experiments/delete-experiment-tag", [EXPERIMENT, KEY]),
    ("POST", "runs/create", [EXPERIMENT, ("user_id", TEXT, "ada"), ("run_name", TEXT, "r"), ("start_time", INT, 1), ("tags", PAIRS, [])]),
    ("GET", "runs/get", [RUN]),
    ("POST", "runs/update", [RUN, ("status", VIEW, "RUNNING"), ("end_time", INT, 2), ("run_name", TEXT, "first")]),
    ("POST", "runs/delete", [("run_id", TEXT, "0" * 32)]),
    ("POST", "runs/restore", [RUN]),
    ("POST", "runs/search", [("experiment_ids", TEXTS, ["{exp}"]), FILTER, ("run_view_type", VIEW, "ALL"), MOST, ORDER, TOKEN]),
    ("POST", "runs/log-metric", [RUN, KEY, ("value", NUMBER, 1), ("timestamp", INT, 1), ("step", INT, 0)]),
    ("POST", "runs/log-parameter", [RUN, KEY, VALUE]),
    ("POST", "runs/log-batch", [RUN, ("metrics", RECORDS, []), ("params", PAIRS, []), ("tags", PAIRS, [])]),
    ("POST", "runs/set-tag", [RUN, KEY, VALUE]),
    ("POST", "runs/delete-tag", [RUN, KEY]),
    ("POST", "runs/log-inputs", [RUN, ("datasets", RECORDS, [])]),
    ("POST", "runs/outputs", [RUN, ("models", RECORDS, [])]),
    ("GET", "metrics/get-history", [RUN, ("metric_key", TEXT, "acc"), MOST, TOKEN]),
    ("GET", "artifacts/list", [RUN, ("path", TEXT, "")]),
    ("POST", "logged-models", [EXPERIMENT, ("name", TEXT, "m"), ("model_type", TEXT, "t"), ("source_run_id", TEXT, "{run}"), ("params", PAIRS, []), ("tags", PAIRS, [])]),
    ("POST", "logged-models/search", [("experiment_ids", TEXTS, ["{exp}"]), FILTER, MOST, ("order_by", RECORDS, []), TOKEN]),
    ("PATCH", "logged-models/{model}", [MODEL, ("status", VIEW, "LOGGED_MODEL_READY")]),
    ("POST", "logged-models/{model}/params", [MODEL, ("params", PAIRS, [])]),
    ("PATCH", "logged-models/{model}/tags", [MODEL, ("tags", PAIRS, [])]),
    ("POST", "registered-models/create", [("name", TEXT, "new"), ("tags", PAIRS, []), ("description", TEXT, "d")]),
    ("GET", "registered-models/get", [NAME]),
    ("PATCH", "registered-models/update", [NAME, ("description", TEXT, "d")]),
    ("POST", "registered-models/rename", [NAME, ("new_name", TEXT, "iris")]),
    ("DELETE", "registered-models/delete", [("name", TEXT, "none")]),
    ("GET", "registered-models/search", [FILTER, MOST, ORDER, TOKEN]),
    ("POST", "registered-models/get-latest-versions", [NAME, ("stages", TEXTS, [])]),
    ("POST", "registered-models/set-tag", [NAME, KEY, VALUE]),
    ("DELETE", "registered-models/delete-tag", [NAME, KEY]),
    ("POST", "registered-models/alias", [NAME, ("alias", TEXT, "a"), VERSION]),
    ("GET", "registered-models/alias", [NAME, ("alias", TEXT, "a")]),
    ("DELETE", "registered-models/alias", [NAME, ("alias", TEXT, "a")]),
    ("POST", "model-versions/create", [NAME, ("source", TEXT, "s3://bucket/next"), ("run_id", TEXT, ""), ("run_link", TEXT, ""), ("tags", PAIRS, []), ("description", TEXT, "")]),
    ("GET", "model-versions/get", [NAME, VERSION]),
    ("GET", "model-versions/get-download-uri", [NAME, VERSION]),
    ("GET", "model-versions/search", [FILTER, MOST, ORDER, TOKEN]),
    ("PATCH", "model-versions/update", [NAME, VERSION, ("description", TEXT, "")]),
    ("POST", "model-versions/transition-stage", [NAME, VERSION, ("stage", TEXT, "Staging"), ("archive_existing_versions", FLAG, False)]),
    ("DELETE", "model-versions/delete", [NAME, ("version", TEXT, "99")]),
    ("POST", "model-versions/set-tag", [NAME, VERSION, KEY, VALUE]),
    ("DELETE", "model-versions/delete-tag", [NAME, VERSION, KEY]),
]

for method, path, fields in ENDPOINTS:
    right = {name: value for name, _, value in fields}
    what = f"{method} {path}"
    if method != "GET":
        for kind, text in [("broken JSON", '{"a": '), ("a list", "[1]"), ("nothing", "")]:
            step(f"{what}: {kind}", method, path, text=text, contentType="application/json")
        step(f"{what}: another type", method, path, text="a=b", contentType="application/x-www-form-urlencoded")
    for name, kind, _ in fields:
        for wrong in (WRONG_IN_QUERY if method == "GET" else WRONG)[kind]:
            data = {**right, name: wrong} if wrong is not None else {k: v for k, v in right.items() if k != name}
            step(f"{what}: {name} {'left out' if wrong is None else repr(wrong)}", method, path, data)

# What is not there, or deleted
METRIC = {"key": "acc", "value": 1, "timestamp": 1}
for run, what in [("0" * 32, "no run"), ("{dead}", "a deleted run"), ("{lost}", "a run of a deleted experiment"), ("../x", "a path")]:
    for path, data in [
        ("runs/log-metric", METRIC), ("runs/log-parameter", {"key": "a", "value": "b"}), ("runs/set-tag", {"key": "a", "value": "b"}),
        ("runs/delete-tag", {"key": "a"}), ("runs/log-batch", {"metrics": [METRIC]}), ("runs/update", {"status": "FINISHED"}),
        ("runs/log-inputs", {"datasets": [{"dataset": {"name": "n", "digest": "d", "source_type": "local", "source": "{}"}}]}),
        ("runs/outputs", {"models": [{"model_id": "{model}", "step": 1}]})]:
        step(f"{path} of {what}", "POST", path, {"run_id": run, **data})
for experiment, what in [("987", "no experiment"), ("{gone}", "a deleted experiment"), ("alpha", "a name"), ("-1", "a negative number"), ("1e3", "an odd number")]:
    for path, data in [("runs/create", {}), ("experiments/update", {"new_name": "x"}), ("experiments/delete", {}),
                       ("experiments/set-experiment-tag", {"key": "a", "value": "b"}), ("logged-models", {"name": "m"})]:
        step(f"{path} of {what}", "POST", path, {"experiment_id": experiment, **data})
for path in ["model-versions/get", "model-versions/get-download-uri"]:
    step(f"{path} of a deleted version", "GET", path, {"name": "iris", "version": "2"})
step("an alias for a deleted version", "POST", "registered-models/alias", {"name": "iris", "alias": "a", "version": "2"})
step("a stage for a deleted version", "POST", "model-versions/transition-stage", {"name": "iris", "version": "2", "stage": "Staging"})
step("no logged model", "GET", "logged-models/m-" + "0" * 32)
step("an id of no logged model", "GET", "logged-models/none")
step("tags of no logged model", "PATCH", "logged-models/none/tags", {"tags": [{"key": "a", "value": "b"}]})
step("untag no logged model", "DELETE", "logged-models/{model}/tags/none")

# Names and limits
for name in ["x" * 501, " ", "a\0b"]:
    step(f"an experiment called {name[:3]!r} of {len(name)}", "POST", "experiments/create", {"name": name})
for name in ["a/b", "a:b", "", " ", "..", ".", "x" * 300]:
    step(f"a model called {name[:3]!r} of {len(name)}", "POST", "registered-models/create", {"name": name})
for alias in ["a b", "a/b", "x" * 256, "V1", "Latest", "ü"]:
    step(f"an alias called {alias[:6]!r}", "POST", "registered-models/alias", {"name": "iris", "alias": alias, "version": "1"})
for key in ["x" * 251, "a?b", "/a", "a//b", "a/../b", ".", "..", "a\nb", "ünï", "a/b", " ", "a/"]:
    for path, data in [("runs/log-metric", {"value": 1, "timestamp": 1}), ("runs/log-parameter", {"value": "v"}), ("runs/set-tag", {"value": "v"})]:
        step(f"{path} with key {key[:8]!r}", "POST", path, {"run_id": "{run}", "key": key, **data})
    step(f"an experiment's tag {key[:8]!r}", "POST", "experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": key, "value": "v"})
    step(f"a model's tag {key[:8]!r}", "POST", "registered-models/set-tag", {"name": "iris", "key": key, "value": "v"})
step("a long parameter", "POST", "runs/log-parameter", {"run_id": "{run}", "key": "long", "value": "x" * 8001})
step("a long tag", "POST", "runs/set-tag", {"run_id": "{run}", "key": "long", "value": "x" * 8001})
step("a long tag of an experiment", "POST", "experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "long", "value": "x" * 20001})
step("a long name of a run", "POST", "runs/create", {"experiment_id": "{exp}", "run_name": "x" * 300})
step("a parameter with another value", "POST", "runs/log-parameter", {"run_id": "{run}", "key": "lr", "value": "0.2"})
step("a parameter twice", "POST", "runs/log-batch", {"run_id": "{run}", "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]})
step("a parameter twice, and otherwise", "POST", "runs/log-batch", {"run_id": "{run}", "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "2"}]})
step("a batch with a parameter otherwise", "POST", "runs/log-batch", {"run_id": "{run}", "params": [{"key": "lr", "value": "9"}, {"key": "q", "value": "1"}]})
step("101 parameters", "POST", "runs/log-batch", {"run_id": "{run}", "params": [{"key": f"p{i}", "value": ""} for i in range(101)]})
step("101 tags", "POST", "runs/log-batch", {"run_id": "{run}", "tags": [{"key": f"t{i}", "value": ""} for i in range(101)]})
step("1001 things", "POST", "runs/log-batch", {"run_id": "{run}", "metrics": [{"key": "m", "value": i, "timestamp": 1} for i in range(910)],
                                                "tags": [{"key": f"t{i}", "value": ""} for i in range(91)]})
for text, what in [("NaN", "a bare NaN"), ("Infinity", "a bare Infinity"), ("1e400", "a number too large"), ("-0", "minus zero")]:
    body = '{"run_id": "{run}", "key": "n", "timestamp": 1, "value": %s}' % text
    step(f"{what}", "POST", "runs/log-metric", text=body, contentType="application/json")
for value in ["NaN", "Infinity", "-Infinity", "nan", "inf", "1e5", " 1 ", ""]:
    step(f"a value as the text {value!r}", "POST", "runs/log-metric", {"run_id": "{run}", "key": "n", "timestamp": 1, "value": value})
for most in [0, -1, 50001, "many"]:
    for path, data in [("runs/search", {"experiment_ids": ["{exp}"]}), ("experiments/search", {}), ("logged-models/search", {"experiment_ids": ["{exp}"]})]:
        step(f"{path}, at most {most}", "POST", path, {**data, "max_results": most})
    for path, data in [("registered-models/search", {}), ("model-versions/search", {}), ("metrics/get-history", {"run_id": "{run}", "metric_key": "acc"})]:
        step(f"{path}, at most {most}", "GET", path, {**data, "max_results": most})
for filter in ["nonsense", "metrics.acc = 'x'", "metrics.acc ~ 1", "params.a > '1'", "attributes.nope = 'a'", "tags.a = 1", "status = 5", "metrics.acc > 1 OR metrics.acc < 0 AND", "';--"]:
    step(f"runs/search for {filter}", "POST", "runs/search", {"experiment_ids": ["{exp}"], "filter": filter})
for filter in ["nonsense = 1", "version = '1'", "name > 'a'", "name = iris", "run_id IN (1)"]:
    step(f"model-versions/search for {filter}", "GET", "model-versions/search", {"filter": filter})
    step(f"registered-models/search for {filter}", "GET", "registered-models/search", {"filter": filter})

# Paths
for path in ["..", "../x", "%2e%2e/x", "%252e%252e/x", "a/../../x", "/etc/passwd", "//etc/passwd", "C:/x", "C:%5Cx", "..%5Cx", "a%00b", "none", ""]:
    step(f"download {path!r}", "GET", PROXY + path)
    step(f"upload {path!r}", "PUT", PROXY + path, text="x", contentType="text/plain")
    step(f"delete {path!r}", "DELETE", PROXY + path)
for path in ["..", "../..", "/etc", "%2e%2e", "a/../..", "C:\\x", "..\\x", "none", "a.txt/x"]:
    step(f"list {path!r}", "GET", "/api/2.0/mlflow-artifacts/artifacts", {"path": path})
    step(f"list {path!r} of a run", "GET", "artifacts/list", {"run_id": "{run}", "path": path})
    step(f"get-artifact {path!r}", "GET", "/get-artifact", {"run_id": "{run}", "path": path})
step("get-artifact without a path", "GET", "/get-artifact", {"run_id": "{run}"})
step("get-artifact without a run", "GET", "/get-artifact", {"path": "a.txt"})

for part in ["create", "complete", "abort"]:
    step(f"multipart {part}", "POST", f"/api/2.0/mlflow-artifacts/mpu/{part}/x", {"path": "x", "num_parts": 2, "upload_id": "u", "parts": []})

if __name__ == "__main__":
    recorder.record(steps, "bad-requests.json", keep=lambda status: status != 200)
