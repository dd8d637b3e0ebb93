"""A story that MLflow's own client tells a tracking server (its URI is the first argument); prints what came of it.

Used by src/tracking/server/mlflow-client.test.ts. What came of it with MLflow's own server (3.17.2, --workers 1, SQLite) is
in tracking-server-client.json. Names and numbers that differ from run to run are left out.
"""

import json
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

os.environ["MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"] = "false"
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
found = {}


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * x for x in model_input["x"]]


# fluent: nested runs, batches, data sets, artifacts
mlflow.set_experiment("story")
with mlflow.start_run(run_name="parent") as parent:
    mlflow.log_params({"lr": 0.1, "depth": 3})
    mlflow.log_metrics({"acc": 0.5, "nan": float("nan"), "inf": float("inf")}, step=1)
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.set_tags({"team": "blue"})
    mlflow.log_text("hello", "notes/a b.txt")
    mlflow.log_dict({"a": 1}, "notes/ünï.json")
    import pandas as pd
    mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1, 2]}), name="little"), context="training")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("acc", 0.9)
        mlflow.log_param("lr", 0.2)
    with tempfile.TemporaryDirectory() as folder:
        mlflow.pyfunc.save_model(f"{folder}/m", python_model=Doubler())
        mlflow.log_artifacts(f"{folder}/m", "model")

run = mlflow.get_run(parent.info.run_id)
found["params"] = run.data.params
found["loss"] = run.data.metrics["loss"]
found["nan"] = str(run.data.metrics["nan"])
found["inf"] = run.data.metrics["inf"]
found["status"] = run.info.status
found["artifactUri"] = run.info.artifact_uri.replace(parent.info.run_id, "RUN").replace(run.info.experiment_id, "EXP", 1)
found["dataset"] = [(i.dataset.name, [t.value for t in i.tags]) for i in run.inputs.dataset_inputs]
found["history"] = [(m.step, round(m.value, 4)) for m in client.get_metric_history(parent.info.run_id, "loss")]
found["artifacts"] = sorted(a.path for a in client.list_artifacts(parent.info.run_id, "notes"))
found["text"] = mlflow.artifacts.load_text(f"runs:/{parent.info.run_id}/notes/a b.txt")
found["dict"] = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/notes/ünï.json")
client.delete_run(child.info.run_id)
found["deleted"] = [r.info.run_name for r in client.search_runs([run.info.experiment_id], run_view_type=ViewType.DELETED_ONLY)]
client.restore_run(child.info.run_id)
found["children"] = list(mlflow.search_runs(filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")["tags.mlflow.runName"])
found["best"] = [r.info.run_name for r in client.search_runs([run.info.experiment_id], "metrics.acc > 0.1", order_by=["metrics.acc DESC"])]

# client: batches, pages, mistakes
experiment = client.create_experiment("batches", tags={"a": "b"})
many = [client.create_run(experiment, run_name=f"r{i}").info.run_id for i in range(7)]
client.log_batch(many[0], [Metric("m", i / 2, 1000 + i, i) for i in range(1000)])
client.log_batch(many[1], [], [Param(f"p{i}", str(i)) for i in range(100)], [RunTag("t", "v")])
found["points"] = len(client.get_metric_history(many[0], "m"))
found["manyParams"] = len(client.get_run(many[1]).data.params)
pages, token = [], None
while True:
    page = client.search_runs([experiment], max_results=3, page_token=token)
    pages.append(len(page))
    token = page.token
    if not token:
        break
found["pages"] = pages


def refused(call):
    try:
        call()
        return "nothing"
    except MlflowException as error:
        return error.error_code


found["refused"] = [
    refused(lambda: client.get_run("0" * 32)),
    refused(lambda: client.create_experiment("batches")),
    refused(lambda: client.log_param(many[1], "p1", "other")),
    refused(lambda: client.search_runs([experiment], "nonsense")),
    refused(lambda: client.get_model_version_by_alias("none", "x")),
]

# registry
mlflow.register_model(f"runs:/{parent.info.run_id}/model", "doubler")
client.set_registered_model_alias("doubler", "champion", "1")
client.set_model_version_tag("doubler", "1", "checked", "yes")
client.update_model_version("doubler", "1", description="doubles")
found["predicted"] = list(mlflow.pyfunc.load_model("models:/doubler@champion").predict(pd.DataFrame({"x": [1, 2]})))
client.copy_model_version("models:/doubler@champion", "production")
found["copied"] = list(mlflow.pyfunc.load_model("models:/production/1").predict(pd.DataFrame({"x": [3]})))
client.transition_model_version_stage("doubler", "1", "Production")
version = client.get_model_version_by_alias("doubler", "champion")
found["version"] = [version.version, version.current_stage, version.description, version.tags, version.aliases]
found["models"] = [m.name for m in client.search_registered_models()]
found["versions"] = [v.name for v in client.search_model_versions(f"run_id = '{parent.info.run_id}'", order_by=["name ASC"])]
found["latest"] = [v.version for v in client.get_latest_versions("doubler", ["Production"])]
client.rename_registered_model("production", "renamed")
client.delete_registered_model("renamed")
found["left"] = [m.name for m in client.search_registered_models()]

# logged models
mlflow.set_experiment("logged")
with mlflow.start_run(run_name="maker") as maker:
    info = mlflow.pyfunc.log_model(name="m", python_model=Doubler(), params={"p": 1}, input_example=pd.DataFrame({"x": [1]}))
    mlflow.log_metric("acc", 0.75, model_id=info.model_id)
found["logged"] = list(mlflow.pyfunc.load_model(f"models:/{info.model_id}").predict(pd.DataFrame({"x": [4]})))
found["loggedByRun"] = list(mlflow.pyfunc.load_model(f"runs:/{maker.info.run_id}/m").predict(pd.DataFrame({"x": [5]})))
model = mlflow.get_logged_model(info.model_id)
found["loggedModel"] = [model.name, str(model.status), model.params, [(m.key, m.value) for m in model.metrics]]
experiment = mlflow.get_experiment_by_name("logged").experiment_id
found["outputs"] = len(client.get_run(maker.info.run_id).outputs.model_outputs)
search = lambda text: [m.name for m in client.search_logged_models([experiment], filter_string=text)]
found["searched"] = [search("metrics.acc > 0.5"), search("params.p = '1' AND name = 'm'"), search("metrics.acc > 0.9")]
found["ordered"] = [m.name for m in client.search_logged_models([experiment], order_by=[{"field_name": "metrics.acc", "ascending": False}])]
client.set_logged_model_tags(info.model_id, {"k": "v"})
registered = mlflow.register_model(info.model_uri, "logged")
found["registered"] = [registered.version, registered.run_id == maker.info.run_id]
found["registeredPredicts"] = list(mlflow.pyfunc.load_model("models:/logged/1").predict(pd.DataFrame({"x": [6]})))
tags = client.get_logged_model(info.model_id).tags
found["modelTags"] = [tags["k"], json.loads(tags["mlflow.modelVersions"])]
client.delete_logged_model(info.model_id)
found["gone"] = refused(lambda: client.get_logged_model(info.model_id))

print(json.dumps(found, default=list))
