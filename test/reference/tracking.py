"""Records what MLflow's own store answers to searches and mistakes, as tracking.json.

Run: python tracking.py > tracking.json
The data set is in the JSON, so that the test can build the same one and ask the same questions.
"""

import json
import math
import os
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

RUNS = [
    {"name": "a", "start": 1000, "metrics": {"acc": 0.9, "loss": 0.1}, "params": {"lr": "0.1", "model": "MLP"}, "tags": {"team": "blue", "odd key": "x"}, "status": "FINISHED", "dataset": ["iris", "d1", "training"]},
    {"name": "b", "start": 2000, "metrics": {"acc": 0.8, "loss": "NaN"}, "params": {"lr": "0.01"}, "tags": {"team": "Blue"}, "status": "FAILED", "dataset": ["iris", "d2", "evaluation"]},
    {"name": "c", "start": 3000, "metrics": {"acc": "NaN"}, "params": {"lr": "0.1", "model": "mlp"}, "tags": {"note": "it's"}, "status": "RUNNING"},
    {"name": "d", "start": 4000, "metrics": {"acc": "Infinity", "val/loss": -1.5}, "params": {}, "tags": {"team": "red"}, "status": "KILLED", "user": "ada"},
    {"name": "e", "start": 4000, "metrics": {}, "params": {"model": "forest_100%"}, "tags": {"mlflow.parentRunId": "p1"}, "status": "FINISHED", "dataset": ["penguins", "d3", "training"]},
]

RUN_FILTERS = [
    "", "metrics.acc > 0.85", "metrics.acc >= 0.8", "metrics.acc < 0.9", "metrics.acc <= 0.9", "metrics.acc = 0.9",
    "metrics.acc != 0.9", "metric.acc != 0", "metrics.loss < 1", "metrics.loss != 5", "metrics.`val/loss` < 0",
    "metrics.acc > 1e10", "params.lr = '0.1'", "param.lr != '0.1'", "parameters.lr LIKE '0.%'", "params.model LIKE 'mlp'",
    "params.model ILIKE 'mlp'", "params.model LIKE '%100%'", "params.model IS NULL", "params.model IS NOT NULL",
    "tags.team = 'blue'", "tag.team != 'blue'", "tags.team ILIKE 'BLUE'", "tags.team IS NULL", "tags.team is not null",
    "tags.`odd key` = 'x'", "tags.\"odd key\" = \"x\"", "tags.note = \"it's\"", "tags.mlflow.parentRunId = 'p1'",
    "tags.`mlflow.parentRunId` = 'p1'", "attributes.status = 'FINISHED'", "status != 'FINISHED'", "attr.status LIKE 'F%'",
    "run_name = 'a'", "run_name LIKE '%'", "`run name` = 'b'", "attributes.run_name != 'a'", "start_time > 2000",
    "attributes.start_time <= 2000", "created = 4000", "end_time > 0", "user_id = 'ada'", "artifact_uri LIKE '%artifacts'",
    "dataset.name = 'iris'", "datasets.digest = 'd2'", "dataset.name IN ('penguins', 'iris')", "dataset.context = 'training'",
    "dataset.context != 'training'", "dataset.name NOT IN ('iris')", "dataset.name ILIKE 'IRIS'",
    "metrics.acc > 0.5 AND params.lr = '0.1'", "metrics.acc > 0.5 and tags.team ILIKE 'blue' AND status = 'FINISHED'",
    "run_id IN ('x', 'y')", "run_id NOT IN ('x')",
    # mistakes
    "metrics.acc > '1'", "params.lr = 0.1", "metrics.acc > 0.5 OR metrics.acc < 0.1", "(metrics.acc > 0.5)", "nothing = 'x'",
    "foo.bar = 'x'", "dataset.size = 'x'", "tags.team > 'x'", "params.lr > '1'", "metrics.acc LIKE 1", "metrics.acc IS NULL",
    "status IN ('FINISHED')", "run_id IN ()", "status", "status = FINISHED", "start_time = 'x'",
]

RUN_ORDERS = [
    [], ["metrics.acc"], ["metrics.acc DESC"], ["metrics.loss ASC"], ["metrics.loss DESC"], ["params.model"], ["params.model DESC"],
    ["tags.team"], ["tags.team DESC"], ["start_time"], ["start_time DESC"], ["attributes.status", "metrics.acc DESC"],
    ["run_name DESC"], ["end_time"], ["user_id"], ["metrics.`val/loss`"], ["created ASC"],
    # mistakes
    ["nothing"], ["metrics.acc sideways"], ["start_time", "created"], ["foo.bar"],
]

EXPERIMENTS = [
    {"name": "alpha", "tags": {"team": "blue"}}, {"name": "Beta", "tags": {"team": "red", "x": "1"}}, {"name": "gamma_1", "tags": {}},
]
EXPERIMENT_SEARCHES = [
    ["", None], ["name = 'alpha'", None], ["name LIKE '%a'", None], ["name ILIKE 'b%'", None], ["name != 'alpha'", None],
    ["tags.team = 'blue'", None], ["tag.team != 'blue'", None], ["tags.team IS NULL", None], ["tags.x IS NOT NULL", None],
    ["experiment_id IN ('1', '2')", None], ["experiment_id = '1'", None], ["creation_time > 0 AND name LIKE 'gamma%'", None],
    ["", ["name"]], ["", ["name DESC"]], ["", ["experiment_id"]], ["", ["experiment_id DESC"]],
    ["metrics.a > 1", None], ["name > 'a'", None], ["experiment_id LIKE '1'", None], ["creation_time = 'x'", None], ["", ["tags.team"]], ["", ["size"]],
]

MODELS = [
    {"name": "iris", "tags": {"team": "blue"}, "versions": [{"source": "s3://b/1", "run": "r1", "tags": {"gate": "passed"}}, {"source": "s3://b/2", "run": "r2", "tags": {}}]},
    {"name": "Irises", "tags": {}, "versions": [{"source": "s3://c/1", "run": "r1", "tags": {"gate": "failed"}}]},
    {"name": "penguins", "tags": {"team": "red"}, "versions": []},
]
MODEL_SEARCHES = [
    ["", None], ["name = 'iris'", None], ["name LIKE 'i%'", None], ["name ILIKE 'i%'", None], ["name != 'iris'", None], ["name IN ('iris', 'penguins')", None],
    ["tags.team = 'blue'", None], ["tags.team != 'blue'", None], ["tags.`mlflow.prompt.is_prompt` != 'true'", None], ["tags.`mlflow.prompt.is_prompt` = 'true'", None],
    ["name LIKE 'i%' AND tags.team LIKE 'b%'", None], ["", ["name DESC"]], ["", ["name ASC"]],
    ["size = 'x'", None], ["name > 'x'", None], ["tags.team IS NULL", None], ["", ["size"]],
]
VERSION_SEARCHES = [
    ["name = 'iris'", ["version_number"]], ["", ["name", "version_number DESC"]], ["run_id = 'r1'", ["name"]], ["run_id IN ('r2', 'r9')", ["name"]],
    ["version_number > 1", ["name"]], ["version_number = 1 AND name ILIKE 'i%'", ["name DESC"]], ["source_path LIKE 's3://b/%'", ["version_number"]],
    ["tags.gate = 'passed'", ["name"]], ["tags.gate != 'passed'", ["name"]], ["name LIKE 'I%'", ["name"]],
    ["version_number = '1'", None], ["version_number = 1.5", None], ["size = 'x'", None], ["version_number LIKE 1", None], ["", ["source_path"]],
]


def attempt(call):
    try:
        return {"found": call()}
    except MlflowException as error:
        return {"error": error.error_code, "message": error.message.split("\n")[0]}
    except Exception as error:
        # A slip of MLflow's: it meant to refuse.
        return {"crash": type(error).__name__}


def number(value):
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


def log_run(client, experiment_id, run):
    made = client.create_run(experiment_id, start_time=run["start"], run_name=run["name"], tags={**run["tags"], **({"mlflow.user": run["user"]} if "user" in run else {})})
    run_id = made.info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric(key, number(value), 1, 0) for key, value in run["metrics"].items()],
        params=[Param(key, value) for key, value in run["params"].items()],
    )
    if "dataset" in run:
        name, digest, context = run["dataset"]
        client.log_inputs(run_id, [DatasetInput(Dataset(name, digest, "local", "{}"), [InputTag("mlflow.data.context", context)])])
    if run["status"] != "RUNNING":
        client.set_terminated(run_id, run["status"], end_time=run["start"] + 500)
    return run_id


def mistakes(client, experiment_id):
    run_id = client.create_run(experiment_id, run_name="mistakes").info.run_id
    client.log_param(run_id, "lr", "0.1")
    client.create_registered_model("taken")
    client.create_model_version("taken", "s3://x")
    deleted = client.create_run(experiment_id, run_name="deleted").info.run_id
    client.delete_run(deleted)
    gone = client.create_experiment("gone")
    client.delete_experiment(gone)
    none = "0" * 32
    calls = {
        "getExperiment": lambda: client.get_experiment("999"),
        "getExperimentNoNumber": lambda: client.get_experiment("abc"),
        "createExperimentTaken": lambda: client.create_experiment("alpha"),
        "createExperimentEmpty": lambda: client.create_experiment(""),
        "createExperimentLong": lambda: client.create_experiment("x" * 501),
        "renameDeletedExperiment": lambda: client.rename_experiment(gone, "other"),
        "createRunInDeletedExperiment": lambda: client.create_run(gone),
        "restoreActiveExperiment": lambda: client.restore_experiment(experiment_id),
        "getRun": lambda: client.get_run(none),
        "logParamOtherValue": lambda: client.log_param(run_id, "lr", "0.2"),
        "logParamSameValue": lambda: client.log_param(run_id, "lr", "0.1") and None,
        "logBatchOtherValues": lambda: client.log_batch(run_id, params=[Param("lr", "1")]),
        "logBatchDoubleParam": lambda: client.log_batch(run_id, params=[Param("q", "1"), Param("q", "2")]),
        "logMetricToDeleted": lambda: client.log_metric(deleted, "a", 1),
        "logMetricBadKey": lambda: client.log_metric(run_id, "a?b", 1),
        "logMetricPathKey": lambda: client.log_metric(run_id, "../a", 1),
        "logMetricEmptyKey": lambda: client.log_metric(run_id, "", 1),
        "logMetricLongKey": lambda: client.log_metric(run_id, "k" * 251, 1),
        "logMetricNegativeTime": lambda: client.log_metric(run_id, "a", 1.5, timestamp=-1),
        "logBatchTooMany": lambda: client.log_batch(run_id, metrics=[Metric("a", 1, i, i) for i in range(1001)]),
        "logBatchTooManyParams": lambda: client.log_batch(run_id, params=[Param(str(i), "1") for i in range(101)]),
        "setTagLongKey": lambda: client.set_tag(run_id, "k" * 251, "v"),
        "deleteMissingTag": lambda: client.delete_tag(run_id, "nothing"),
        "createModelTaken": lambda: client.create_registered_model("taken"),
        "createModelEmpty": lambda: client.create_registered_model(""),
        "createModelSlash": lambda: client.create_registered_model("a/b"),
        "createModelColon": lambda: client.create_registered_model("a:b"),
        "getModel": lambda: client.get_registered_model("none"),
        "createVersionOfNothing": lambda: client.create_model_version("none", "s3://x"),
        "getVersion": lambda: client.get_model_version("taken", "7"),
        "getVersionNoNumber": lambda: client.get_model_version("taken", "x"),
        "unknownStage": lambda: client.transition_model_version_stage("taken", "1", "Live"),
        "aliasLatest": lambda: client.set_registered_model_alias("taken", "latest", "1"),
        "aliasVersion": lambda: client.set_registered_model_alias("taken", "v1", "1"),
        "aliasOdd": lambda: client.set_registered_model_alias("taken", "a b", "1"),
        "aliasEmpty": lambda: client.set_registered_model_alias("taken", "", "1"),
        "aliasToMissingVersion": lambda: client.set_registered_model_alias("taken", "champion", "9"),
        "getAlias": lambda: client.get_model_version_by_alias("taken", "none"),
        "searchTooMany": lambda: client.search_runs([experiment_id], max_results=50001),
        "searchZero": lambda: client.search_runs([experiment_id], max_results=0),
    }
    ids = {"RUN": run_id, "DELETED": deleted, "GONE": gone, "EXPERIMENT": experiment_id}
    results = {}
    for name, call in calls.items():
        result = attempt(lambda call=call: call() and None)
        for label, value in ids.items():
            if "message" in result and len(value) > 4:
                result["message"] = result["message"].replace(value, f"<{label}>")
        results[name] = result
    return results


def main():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    ids = [client.create_experiment(e["name"], tags=e["tags"]) for e in EXPERIMENTS]
    for run in RUNS:
        log_run(client, ids[0], run)

    def runs(filter_string, order_by):
        return [r.info.run_name for r in client.search_runs([ids[0]], filter_string, order_by=order_by or None)]

    ordered = ["run_name"]
    for model in MODELS:
        client.create_registered_model(model["name"], tags=model["tags"])
        for version in model["versions"]:
            client.create_model_version(model["name"], version["source"], run_id=version["run"], tags=version["tags"])
    json.dump(
        {
            "versions": {"mlflow": mlflow.__version__},
            "runs": RUNS,
            "runFilters": [{"filter": f, **attempt(lambda f=f: runs(f, ordered))} for f in RUN_FILTERS],
            # Runs d and e start together, so their random ids decide: only orders that tell them apart are recorded.
            "runOrders": [{"orderBy": o + ["run_name"], **attempt(lambda o=o: runs("", [*o, "run_name"]))} for o in RUN_ORDERS if o != ["run_name DESC"]],
            "experiments": EXPERIMENTS,
            "experimentSearches": [
                {"filter": f, "orderBy": o, **attempt(lambda f=f, o=o: [e.name for e in client.search_experiments(filter_string=f, order_by=o) if e.name != "Default"])}
                for f, o in EXPERIMENT_SEARCHES
            ],
            "models": MODELS,
            "modelSearches": [{"filter": f, "orderBy": o, **attempt(lambda f=f, o=o: [m.name for m in client.search_registered_models(f, order_by=o)])} for f, o in MODEL_SEARCHES],
            "versionSearches": [
                {"filter": f, "orderBy": o, **attempt(lambda f=f, o=o: [f"{v.name}/{v.version}" for v in client.search_model_versions(f, order_by=o)])} for f, o in VERSION_SEARCHES
            ],
            "mistakes": mistakes(client, ids[1]),
        },
        __import__("sys").stdout,
        indent=1,
        ensure_ascii=False,
        default=lambda value: None if isinstance(value, float) and math.isnan(value) else str(value),
    )
    print()


main()
