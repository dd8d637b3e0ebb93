"""Records what MLflow's own tracking server answers, for src/tracking/server/mlflow-answers.test.ts.

Run with MLflow 3.17.2:  python test/reference/tracking-server.py

Each step is a request; `save` keeps parts of its answer under a name, and `{name}` puts them into later requests.
Times and saved values are written as <time> and <name>, so that another server's answers can be compared.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

import mlflow

API = "/api/2.0/mlflow/"
LONG = "x" * 6001
steps = []


def step(name, method, path, data=None, save=None, **more):
    """`data` is the query of a GET and the JSON body of everything else."""
    steps.append({"name": name, "method": method, "path": path if path.startswith("/") else API + path,
                  "data": data, "save": save or {}, **more})


def get(name, path, data=None, **more):
    step(name, "GET", path, data, **more)


def post(name, path, data=None, **more):
    step(name, "POST", path, data, **more)


# experiments
post("create an experiment", "experiments/create",
     {"name": "alpha", "tags": [{"key": "team", "value": "blue"}]}, save={"exp": "experiment_id"})
post("create a second", "experiments/create", {"name": "beta"}, save={"beta": "experiment_id"})
post("camel case", "experiments/create", {"name": "gamma", "artifactLocation": "s3://bucket/gamma"},
     save={"gamma": "experiment_id"})
get("get it", "experiments/get", {"experiment_id": "{exp}"})
get("get it by name", "experiments/get-by-name", {"experiment_name": "gamma"})
get("get the default", "experiments/get", {"experiment_id": "0"})
get("by the page's prefix", "/ajax-api/2.0/mlflow/experiments/get", {"experiment_id": "{exp}"})
get("no such experiment", "experiments/get", {"experiment_id": "987"})
get("an id that is no number", "experiments/get", {"experiment_id": "abc"})
get("no id", "experiments/get")
get("no such name", "experiments/get-by-name", {"experiment_name": "none"})
post("a name that is taken", "experiments/create", {"name": "alpha"})
post("no name", "experiments/create", {})
post("an empty name", "experiments/create", {"name": ""})
post("a name that is a number", "experiments/create", {"name": 123})
post("a location that is a run", "experiments/create", {"name": "loc", "artifact_location": "runs:/a/b"})
post("tags that are no list", "experiments/create", {"name": "t", "tags": "x"})
post("unknown fields", "experiments/create", {"name": "delta", "nonsense": 1}, save={"delta": "experiment_id"})
post("search experiments", "experiments/search", {"max_results": 10, "order_by": ["name"]})
get("search experiments by GET", "experiments/search", {"max_results": 2, "order_by": ["name DESC"]})
post("search by tag", "experiments/search", {"max_results": 10, "filter": "tags.team = 'blue'"})
post("search finds nothing", "experiments/search", {"max_results": 10, "filter": "name = 'none'"})
post("search with a broken filter", "experiments/search", {"max_results": 10, "filter": "nonsense"})
post("search with a broken token", "experiments/search", {"max_results": 10, "page_token": "junk"})
post("search too many", "experiments/search", {"max_results": 50001})
post("rename", "experiments/update", {"experiment_id": "{delta}", "new_name": "epsilon"})
post("rename without a name", "experiments/update", {"experiment_id": "{delta}"})
post("tag it", "experiments/set-experiment-tag", {"experiment_id": "{delta}", "key": "k", "value": "v"})
post("tag without a key", "experiments/set-experiment-tag", {"experiment_id": "{delta}", "value": "v"})
post("untag", "experiments/delete-experiment-tag", {"experiment_id": "{delta}", "key": "k"})
post("untag again", "experiments/delete-experiment-tag", {"experiment_id": "{delta}", "key": "k"})
post("delete it", "experiments/delete", {"experiment_id": "{delta}"})
post("delete it again", "experiments/delete", {"experiment_id": "{delta}"})
get("get a deleted one", "experiments/get", {"experiment_id": "{delta}"})
post("only deleted ones", "experiments/search", {"max_results": 10, "view_type": "DELETED_ONLY"})
post("by number of the view", "experiments/search", {"max_results": 10, "view_type": 2})
post("a run in a deleted one", "runs/create", {"experiment_id": "{delta}"})
post("restore it", "experiments/restore", {"experiment_id": "{delta}"})
post("restore it again", "experiments/restore", {"experiment_id": "{delta}"})

# runs
post("create a run", "runs/create",
     {"experiment_id": "{exp}", "user_id": "ada", "run_name": "first", "start_time": 1700000000000,
      "tags": [{"key": "t", "value": "1"}]}, save={"run": "run.info.run_id"})
post("create a child, time as text", "runs/create",
     {"experiment_id": "{exp}", "run_name": "second", "start_time": "1700000001000",
      "tags": [{"key": "mlflow.parentRunId", "value": "{run}"}]}, save={"child": "run.info.run_id"})
post("a time that is no number", "runs/create", {"experiment_id": "{beta}", "start_time": "soon"})
post("a time with a fraction", "runs/create", {"experiment_id": "{beta}", "start_time": 1.5})
post("an experiment that is a number", "runs/create", {"experiment_id": 0})
post("two names", "runs/create", {"experiment_id": "{exp}", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]})
post("no such experiment for a run", "runs/create", {"experiment_id": "987"})
get("get the run", "runs/get", {"run_id": "{run}"})
get("by run_uuid", "runs/get", {"run_uuid": "{run}"})
get("no such run", "runs/get", {"run_id": "0" * 32})
get("no run id", "runs/get")
post("a metric", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": 0.5, "timestamp": 1, "step": 0})
post("another point", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": "0.25", "timestamp": "2", "step": "1"})
post("without a step", "runs/log-metric", {"run_id": "{run}", "key": "acc", "value": 1, "timestamp": 3})
post("the same again", "runs/log-metric", {"run_id": "{run}", "key": "acc", "value": 1, "timestamp": 3})
post("NaN", "runs/log-metric", {"run_id": "{run}", "key": "nan", "value": "NaN", "timestamp": 3})
post("infinity", "runs/log-metric", {"run_id": "{run}", "key": "inf", "value": "Infinity", "timestamp": 3})
post("negative infinity", "runs/log-metric", {"run_id": "{run}", "key": "neg", "value": "-Infinity", "timestamp": 3})
post("no value", "runs/log-metric", {"run_id": "{run}", "key": "loss", "timestamp": 3})
post("no timestamp", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": 1})
post("no key", "runs/log-metric", {"run_id": "{run}", "value": 1, "timestamp": 3})
post("no run of a metric", "runs/log-metric", {"key": "loss", "value": 1, "timestamp": 3})
post("a value that is no number", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": "x", "timestamp": 3})
post("a timestamp that is no number", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": 1, "timestamp": "x"})
post("a negative timestamp", "runs/log-metric", {"run_id": "{run}", "key": "loss", "value": 1, "timestamp": -1})
post("a key with odd characters", "runs/log-metric", {"run_id": "{run}", "key": "a?b", "value": 1, "timestamp": 1})
post("a key that is a path", "runs/log-metric", {"run_id": "{run}", "key": "../a", "value": 1, "timestamp": 1})
post("a metric of no run", "runs/log-metric", {"run_id": "0" * 32, "key": "loss", "value": 1, "timestamp": 3})
get("history", "metrics/get-history", {"run_id": "{run}", "metric_key": "loss"})
get("a page of history", "metrics/get-history", {"run_id": "{run}", "metric_key": "loss", "max_results": "1"})
get("no such metric", "metrics/get-history", {"run_id": "{run}", "metric_key": "none"})
get("history of nothing", "metrics/get-history", {"run_id": "{run}"})
get("history, none at all", "metrics/get-history", {"run_id": "{run}", "metric_key": "loss", "max_results": "0"})
get("history of several", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": ["{run}", "{child}"], "metric_key": "loss"})
get("history of several without runs", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"metric_key": "loss"})
get("history of several without a metric", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "{run}"})
get("sampled history", "metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "loss", "max_results": "10"})
get("sampled history of steps", "metrics/get-history-bulk-interval",
    {"run_ids": ["{run}"], "metric_key": "loss", "start_step": "1", "end_step": "5"})
get("sampled history, half of the steps", "metrics/get-history-bulk-interval",
    {"run_ids": ["{run}"], "metric_key": "loss", "start_step": "1"})
post("a parameter", "runs/log-parameter", {"run_id": "{run}", "key": "lr", "value": "0.1"})
post("the same parameter", "runs/log-parameter", {"run_id": "{run}", "key": "lr", "value": "0.1"})
post("with another value", "runs/log-parameter", {"run_id": "{run}", "key": "lr", "value": "0.2"})
post("an empty value", "runs/log-parameter", {"run_id": "{run}", "key": "empty", "value": ""})
post("a value that is a number", "runs/log-parameter", {"run_id": "{run}", "key": "n", "value": 5})
post("a parameter without a key", "runs/log-parameter", {"run_id": "{run}", "value": "5"})
post("a long key", "runs/log-parameter", {"run_id": "{run}", "key": "k" * 251, "value": "5"})
post("a tag", "runs/set-tag", {"run_id": "{run}", "key": "stage", "value": "dev"})
post("a tag without a value", "runs/set-tag", {"run_id": "{run}", "key": "none"})
post("a tag without a key", "runs/set-tag", {"run_id": "{run}", "value": "dev"})
post("delete a tag", "runs/delete-tag", {"run_id": "{run}", "key": "none"})
post("delete a tag again", "runs/delete-tag", {"run_id": "{run}", "key": "none"})
post("a batch", "runs/log-batch", {
    "run_id": "{child}",
    "metrics": [{"key": "loss", "value": 1, "timestamp": 1, "step": 1}, {"key": "loss", "value": "NaN", "timestamp": "2", "step": 2}],
    "params": [{"key": "depth", "value": "3"}], "tags": [{"key": "a", "value": "b"}]})
post("an empty batch", "runs/log-batch", {"run_id": "{child}"})
post("a batch without a run", "runs/log-batch", {"metrics": []})
post("a batch of no run", "runs/log-batch", {"run_id": "0" * 32, "params": [{"key": "a", "value": "b"}]})
post("a metric of a batch without time", "runs/log-batch", {"run_id": "{child}", "metrics": [{"key": "a", "value": 1}]})
post("a metric of a batch without a key", "runs/log-batch", {"run_id": "{child}", "metrics": [{"value": 1, "timestamp": 1}]})
post("a metric of a batch without a value", "runs/log-batch", {"run_id": "{child}", "metrics": [{"key": "a", "timestamp": 1}]})
post("a param of a batch without a key", "runs/log-batch", {"run_id": "{child}", "params": [{"value": "1"}]})
post("a tag of a batch without a key", "runs/log-batch", {"run_id": "{child}", "tags": [{"value": "1"}]})
post("metrics that are no list", "runs/log-batch", {"run_id": "{child}", "metrics": "x"})
post("too many metrics", "runs/log-batch", {"run_id": "{child}", "metrics": [{"key": "a", "value": 1, "timestamp": i} for i in range(1001)]})
post("too many params", "runs/log-batch", {"run_id": "{child}", "params": [{"key": f"p{i}", "value": "1"} for i in range(101)]})
post("params twice", "runs/log-batch", {"run_id": "{child}", "params": [{"key": "q", "value": "1"}, {"key": "q", "value": "2"}]})
post("a batch with another value", "runs/log-batch", {"run_id": "{child}", "params": [{"key": "depth", "value": "4"}]})
post("data sets", "runs/log-inputs", {"run_id": "{run}", "datasets": [
    {"tags": [{"key": "mlflow.data.context", "value": "training"}],
     "dataset": {"name": "penguins", "digest": "abc", "source_type": "local", "source": "{}", "schema": "[]", "profile": "{}"}}]})
post("data sets of no run", "runs/log-inputs", {"datasets": []})
post("data set names", "/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": ["{exp}"]})
get("the run with all of it", "runs/get", {"run_id": "{run}"})
get("the child", "runs/get", {"run_id": "{child}"})
post("finish", "runs/update", {"run_id": "{run}", "status": "FINISHED", "end_time": 1700000005000, "run_name": "renamed"})
post("update nothing", "runs/update", {"run_id": "{child}"})
post("an unknown status", "runs/update", {"run_id": "{run}", "status": "DONE"})
post("an end that is no number", "runs/update", {"run_id": "{run}", "end_time": "x"})
post("update no run", "runs/update", {"status": "FINISHED"})
post("search runs", "runs/search", {"experiment_ids": ["{exp}"], "order_by": ["attributes.start_time ASC"]})
post("search with a filter", "runs/search", {"experiment_ids": ["{exp}"], "filter": "metrics.acc >= 1 and params.lr = '0.1'", "max_results": 5})
post("the first page", "runs/search", {"experiment_ids": ["{exp}"], "max_results": "1"}, save={"token": "next_page_token"})
post("the second page", "runs/search", {"experiment_ids": ["{exp}"], "max_results": 1, "page_token": "{token}"})
post("no experiments", "runs/search", {})
post("experiments that are no list", "runs/search", {"experiment_ids": "0"})
post("too many runs", "runs/search", {"experiment_ids": ["{exp}"], "max_results": 50001})
post("no runs at all", "runs/search", {"experiment_ids": ["{exp}"], "max_results": 0})
post("a wrong number of runs", "runs/search", {"experiment_ids": ["{exp}"], "max_results": "many"})
post("a broken filter", "runs/search", {"experiment_ids": ["{exp}"], "filter": "metrics.acc = 'x'"})
post("a broken order", "runs/search", {"experiment_ids": ["{exp}"], "order_by": ["nonsense.x"]})
post("a broken token", "runs/search", {"experiment_ids": ["{exp}"], "page_token": "junk"})
post("delete the child", "runs/delete", {"run_id": "{child}"})
post("a metric of a deleted run", "runs/log-metric", {"run_id": "{child}", "key": "a", "value": 1, "timestamp": 1})
post("search deleted runs", "runs/search", {"experiment_ids": ["{exp}"], "run_view_type": "DELETED_ONLY"})
post("search all runs", "runs/search", {"experiment_ids": ["{exp}"], "run_view_type": "ALL", "order_by": ["run_name"]})
post("an unknown view", "runs/search", {"experiment_ids": ["{exp}"], "run_view_type": "SOME"})
post("restore the child", "runs/restore", {"run_id": "{child}"})
post("delete no run", "runs/delete", {})
post("no content type", "runs/delete", {"run_id": "x"}, contentType="text/plain")

# artifacts
step("upload", "PUT", "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/model/MLmodel", text="flavors: {}\n")
step("upload another", "PUT", "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/a b.txt".replace(" ", "%20"), text="hello")
get("list a run's artifacts", "artifacts/list", {"run_id": "{run}"})
get("list a folder", "artifacts/list", {"run_id": "{run}", "path": "model"})
get("list what is not there", "artifacts/list", {"run_id": "{run}", "path": "none"})
get("list above the root", "artifacts/list", {"run_id": "{run}", "path": "../.."})
get("list of no run", "artifacts/list")
get("list the server's", "/api/2.0/mlflow-artifacts/artifacts", {"path": "{exp}/{run}/artifacts"})
get("list nothing of the server's", "/api/2.0/mlflow-artifacts/artifacts", {"path": "none"})
get("list above the server's", "/api/2.0/mlflow-artifacts/artifacts", {"path": "../x"})
get("download", "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/a%20b.txt", raw=True)
get("get-artifact", "/get-artifact", {"run_id": "{run}", "path": "model/MLmodel"}, raw=True)
get("download above the root", "/api/2.0/mlflow-artifacts/artifacts/%2e%2e/x")
step("multipart", "POST", "/api/2.0/mlflow-artifacts/mpu/create/x", {"path": "x", "num_parts": 2})
step("delete an artifact", "DELETE", "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/a%20b.txt")
step("delete what is not there", "DELETE", "/api/2.0/mlflow-artifacts/artifacts/{exp}/none")

# registry
post("create a model", "registered-models/create", {"name": "iris", "tags": [{"key": "k", "value": "v"}], "description": "flowers"})
post("create a bare model", "registered-models/create", {"name": "bare"})
post("create it again", "registered-models/create", {"name": "iris"})
post("a model without a name", "registered-models/create", {})
post("a model with a slash", "registered-models/create", {"name": "a/b"})
get("get the model", "registered-models/get", {"name": "iris"})
get("get no model", "registered-models/get", {"name": "none"})
get("get a model without a name", "registered-models/get")
post("a version", "model-versions/create",
     {"name": "iris", "source": "mlflow-artifacts:/{exp}/{run}/artifacts/model", "run_id": "{run}",
      "tags": [{"key": "vk", "value": "vv"}], "description": "first"})
post("a version from a remote place", "model-versions/create", {"name": "iris", "source": "s3://bucket/model"})
post("a version by run", "model-versions/create", {"name": "iris", "source": "runs:/{run}/model", "run_id": "{run}"})
post("a copy", "model-versions/create", {"name": "bare", "source": "models:/iris/1"})
post("a version of no model", "model-versions/create", {"name": "none", "source": "s3://bucket/model"})
post("a version without a source", "model-versions/create", {"name": "iris"})
post("a local source", "model-versions/create", {"name": "iris", "source": "/etc/passwd"})
post("a local source of a run", "model-versions/create", {"name": "iris", "source": "file:///etc", "run_id": "{run}"})
post("a source with a way up", "model-versions/create", {"name": "iris", "source": "s3://bucket/../other"})
post("a source with an encoded way up", "model-versions/create", {"name": "iris", "source": "mlflow-artifacts:/..%2f..%2fetc"})
post("a source of another run", "model-versions/create", {"name": "iris", "source": "mlflow-artifacts:/{exp}/{child}/artifacts/m", "run_id": "{run}"})
post("a source of a run that is not named", "model-versions/create", {"name": "iris", "source": "runs:/{run}/model"})
get("get the version", "model-versions/get", {"name": "iris", "version": "1"})
get("get no version", "model-versions/get", {"name": "iris", "version": "99"})
get("a version that is no number", "model-versions/get", {"name": "iris", "version": "x"})
get("where it is", "model-versions/get-download-uri", {"name": "iris", "version": "1"})
get("where the copy is", "model-versions/get-download-uri", {"name": "bare", "version": "1"})
step("describe the version", "PATCH", API + "model-versions/update", {"name": "iris", "version": "2", "description": "second"})
step("describe the model", "PATCH", API + "registered-models/update", {"name": "iris", "description": "petals"})
post("to production", "model-versions/transition-stage", {"name": "iris", "version": "1", "stage": "production"})
post("to production, the old one out", "model-versions/transition-stage",
     {"name": "iris", "version": "2", "stage": "Production", "archive_existing_versions": True})
post("to an unknown stage", "model-versions/transition-stage", {"name": "iris", "version": "2", "stage": "Live"})
post("to no stage", "model-versions/transition-stage", {"name": "iris", "version": "2"})
post("archive where nothing is to be", "model-versions/transition-stage",
     {"name": "iris", "version": "2", "stage": "None", "archive_existing_versions": True})
post("latest versions", "registered-models/get-latest-versions", {"name": "iris"})
post("latest of a stage", "registered-models/get-latest-versions", {"name": "iris", "stages": ["Production"]})
get("latest by GET", "registered-models/get-latest-versions", {"name": "iris", "stages": ["Archived", "Production"]})
step("latest by GET with a body", "GET", API + "registered-models/get-latest-versions", {"name": "iris", "stages": ["Archived"]}, inBody=True)
post("latest of no model", "registered-models/get-latest-versions", {"name": "none"})
post("set an alias", "registered-models/alias", {"name": "iris", "alias": "champion", "version": "1"})
get("get by alias", "registered-models/alias", {"name": "iris", "alias": "champion"})
get("get by no alias", "registered-models/alias", {"name": "iris", "alias": "none"})
get("get the latest by alias", "registered-models/alias", {"name": "iris", "alias": "latest"})
post("an alias that is reserved", "registered-models/alias", {"name": "iris", "alias": "latest", "version": "1"})
post("an alias that is a version", "registered-models/alias", {"name": "iris", "alias": "v2", "version": "1"})
post("an alias for no version", "registered-models/alias", {"name": "iris", "alias": "champion", "version": "99"})
post("an alias without a version", "registered-models/alias", {"name": "iris", "alias": "champion"})
get("the model with its alias", "registered-models/get", {"name": "iris"})
step("delete an alias", "DELETE", API + "registered-models/alias", {"name": "iris", "alias": "champion"})
step("delete an alias again", "DELETE", API + "registered-models/alias", {"name": "iris", "alias": "champion"})
post("tag the model", "registered-models/set-tag", {"name": "iris", "key": "a", "value": "b"})
step("untag the model", "DELETE", API + "registered-models/delete-tag", {"name": "iris", "key": "a"})
post("tag the version", "model-versions/set-tag", {"name": "iris", "version": "1", "key": "a", "value": "b"})
step("untag the version", "DELETE", API + "model-versions/delete-tag", {"name": "iris", "version": "1", "key": "a"})
step("untag without a key", "DELETE", API + "model-versions/delete-tag", {"name": "iris", "version": "1"})
get("search models", "registered-models/search", {"filter": "name ILIKE 'I%'", "max_results": "5"})
get("search models by page", "registered-models/search", {"max_results": "1", "order_by": ["name DESC"]})
get("search models, too many", "registered-models/search", {"max_results": "1001"})
get("search models without prompts", "registered-models/search", {"filter": "tag.`mlflow.prompt.is_prompt` != 'true'", "order_by": ["name ASC"]})
get("search models, broken", "registered-models/search", {"filter": "nonsense = 1"})
get("search versions", "model-versions/search", {"filter": "name = 'iris'", "order_by": ["version_number ASC"]})
get("search versions of a run", "model-versions/search", {"filter": "run_id = '{run}'", "order_by": ["version_number ASC"], "max_results": "1"})
post("rename the model", "registered-models/rename", {"name": "bare", "new_name": "plain"})
post("rename to a taken name", "registered-models/rename", {"name": "plain", "new_name": "iris"})
post("rename to nothing", "registered-models/rename", {"name": "plain"})
step("delete a version", "DELETE", API + "model-versions/delete", {"name": "iris", "version": "3"})
step("delete a version again", "DELETE", API + "model-versions/delete", {"name": "iris", "version": "3"})
step("delete by query", "DELETE", API + "registered-models/delete?name=plain")
step("delete a model", "DELETE", API + "registered-models/delete", {"name": "plain"})
step("delete a model again", "DELETE", API + "registered-models/delete", {"name": "plain"})

# logged models
post("a logged model", "logged-models", {"experiment_id": "{exp}", "name": "forest", "source_run_id": "{run}"},
     save={"model": "model.info.model_id", "place": "model.info.artifact_uri"})
post("a second one", "logged-models", {"experiment_id": "{beta}", "name": "tree"}, save={"tree": "model.info.model_id"})
post("a metric about it", "runs/log-metric", {"run_id": "{run}", "model_id": "{model}", "key": "about", "value": 1, "timestamp": 3})
post("it came out of a run", "runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 1}]})
post("it came out again", "runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 1}]})
post("it came out at another step", "runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 2}]})
post("twice in one request", "runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{tree}", "step": 1}, {"model_id": "{tree}", "step": 2}]})
post("it went into a run", "runs/log-inputs", {"run_id": "{child}", "models": [{"model_id": "{model}"}]})
post("it went in again", "runs/log-inputs", {"run_id": "{child}", "models": [{"model_id": "{model}"}]})
get("what came out of the run", "runs/get", {"run_id": "{run}"})
for condition in ["experiment_id = '{beta}'", "experiment_id != '{beta}'", "experiment_id IN ('{beta}')",
                  "experiment_id LIKE '{beta}%'", "experiment_id = 'x'", "experiment_id > '1'",
                  "artifact_location = '{place}'", "artifact_location LIKE '%{model}%'"]:
    post(f"logged models: {condition}", "logged-models/search", {"experiment_ids": ["{exp}", "{beta}"], "filter": condition})
for field in ["experiment_id", "artifact_location"]:
    post(f"logged models in order of {field}", "logged-models/search",
         {"experiment_ids": ["{exp}", "{beta}"], "order_by": [{"field_name": field, "ascending": False}]})
step("delete the logged model", "DELETE", API + "logged-models/{model}")
step("delete the logged model again", "DELETE", API + "logged-models/{model}")
step("delete no logged model", "DELETE", API + "logged-models/none")
get("the deleted logged model", "logged-models/{model}")
step("tag the deleted logged model", "PATCH", API + "logged-models/{model}/tags", {"tags": [{"key": "a", "value": "b"}]})
post("params of the deleted logged model", "logged-models/{model}/params", {"model_id": "{model}", "params": [{"key": "a", "value": "b"}]})
step("finalize the deleted logged model", "PATCH", API + "logged-models/{model}", {"model_id": "{model}", "status": "LOGGED_MODEL_READY"})
post("a metric about the deleted logged model", "runs/log-metric", {"run_id": "{run}", "model_id": "{model}", "key": "late", "value": 1, "timestamp": 3})
post("a metric about no logged model", "runs/log-metric", {"run_id": "{run}", "model_id": "m-none", "key": "never", "value": 1, "timestamp": 3})
post("a batch about the deleted logged model", "runs/log-batch",
     {"run_id": "{run}", "metrics": [{"model_id": "{model}", "key": "batch", "value": 1, "timestamp": 3}]})
get("the deleted logged model, allowed", "logged-models/{model}", {"allow_deleted": "true"})
step("untag the deleted logged model", "DELETE", API + "logged-models/{model}/tags/a")
get("the run after it", "runs/get", {"run_id": "{run}"})

# the server itself
get("health", "/health", raw=True)
get("server info", "/api/3.0/mlflow/server-info")

TIMES = {"creation_time", "last_update_time", "creation_timestamp", "last_updated_timestamp", "creation_timestamp_ms",
         "last_updated_timestamp_ms"}


def fill(value, names):
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda m: names.get(m[1], m[0]), value)
    if isinstance(value, list):
        return [fill(v, names) for v in value]
    if isinstance(value, dict):
        return {k: fill(v, names) for k, v in value.items()}
    return value


def normalise(value, names, key=None):
    if key in TIMES and (isinstance(value, int) or (isinstance(value, str) and re.match(r"20\d\d-.*Z$", value))):
        return "<time>"
    if isinstance(value, str):
        for name, text in names.items():
            if len(text) > 8:
                value = value.replace(text, f"<{name}>")
        return value
    if isinstance(value, list):
        return [normalise(v, names) for v in value]
    if isinstance(value, dict):
        return {k: normalise(v, names, k) for k, v in value.items()}
    return value


def ask(port, request, names):
    data, path = fill(request["data"], names), fill(request["path"], names)
    headers, body = fill(request.get("headers", {}), names), None
    if "text" in request:
        body = fill(request["text"], names).encode()
        headers |= {"Content-Type": request["contentType"]} if "contentType" in request else {}
    elif request["method"] == "GET" and not request.get("inBody"):
        if data:
            path += "?" + urlencode(data, doseq=True)
    elif data is not None:
        body = json.dumps(data).encode()
        headers |= {"Content-Type": request.get("contentType", "application/json")}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(request["method"], path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if request.get("raw"):
        return answer.status, {"text": text, "type": answer.headers.get("content-type")}
    is_json = "json" in (answer.headers.get("content-type") or "") or text.startswith("{")
    content = json.loads(text) if text.strip() and is_json else None
    if isinstance(content, dict) and "error_code" in content:
        content = {"error_code": content["error_code"], "message": content["message"]}
    if "only" in request and answer.status == 200:
        content = {k: [item[request["only"]] for item in v] if isinstance(v, list) else v for k, v in content.items()}
    return answer.status, content


def record(steps, file, keep=lambda status: True):
    """Asks a new server of MLflow's all that is in `steps` and writes its answers to `file` beside this one.

    Of answers whose status is not to be kept, the status is all that is written."""
    folder = tempfile.mkdtemp()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
               "--artifacts-destination", f"{folder}/artifacts", "--workers", "1", "--port", str(port)]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
                              start_new_session=True)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        names, recorded = {}, []
        for request in steps:
            try:
                status, answer = ask(port, request, names)
            except Exception as error:
                raise SystemExit(f"{request['name']}: {error}")
            for name, place in request["save"].items():
                found = answer
                for part in place.split("."):
                    found = found[part]
                names[name] = found
            told = {**request, "status": status, "answer": normalise(answer, names) if keep(status) else None}
            recorded.append({key: value for key, value in told.items() if value is not None and (key, value) != ("save", {}) or key == "answer"})
    finally:
        os.killpg(server.pid, 15)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), file)
    with open(path, "w") as f:
        lines = ",\n".join("    " + json.dumps(step) for step in recorded)
        f.write(f'{{\n  "mlflow": "{mlflow.__version__}",\n  "steps": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    record(steps, "tracking-server.json")
