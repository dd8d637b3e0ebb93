"""Records a small file store (`mlruns`) of MLflow's and what its client reads there, for import-file-store.test.ts.

Run with MLflow 3.17.2:  python test/reference/file-store.py

The folder's own place is written as <root>. Every file is text; the test writes them all into a folder of its own.
"""

import json
import os
import tempfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset, DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag, ViewType)

root = os.path.join(tempfile.mkdtemp(), "mlruns")
client = MlflowClient(f"file://{root}")
store = client._tracking_client.store


def fill():
    plain = client.create_run("0", start_time=1700000000000, run_name="plain")
    client.log_metric(plain.info.run_id, "acc", 0.75, timestamp=1700000000500)
    client.set_terminated(plain.info.run_id, "FAILED", 1700000001000)

    alpha = client.create_experiment("alpha", tags={"team": "blue", "mlflow.note.content": "two\nlines\n"})
    run = client.create_run(alpha, start_time=1700000002000, run_name="first", tags={"mlflow.user": "ada", "empty": ""})
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        [Metric("loss", value, 1700000002000 + i, i) for i, value in enumerate([1.5, 0.1 + 0.2, float("nan"), 1e-12])]
        + [Metric("val/loss", float("inf"), 1700000002001, -1), Metric("val/loss", 2.0, 1700000002002, 5)],
        [Param("lr", "0.1"), Param("model/depth", "3"), Param("none", ""), Param("wörter", "ä\nö")],
        [RunTag("mlflow.note.content", "# Ü\n"), RunTag("a/b", "nested")])
    client.log_inputs(run_id, [
        DatasetInput(Dataset("penguins", "abc", "local", '{"uri": "penguins.csv"}', "[]", '{"num_rows": 3}'),
                     [InputTag("mlflow.data.context", "training")]),
        DatasetInput(Dataset("owls", "def", "local", "{}"), [])])
    client.log_text(run_id, "flavors: {}\n", "model/MLmodel")
    client.log_text(run_id, "hello", "notes ü/a b.txt")
    client.set_terminated(run_id, "FINISHED", 1700000009000)

    child = client.create_run(alpha, start_time=1700000003000, run_name="child", tags={"mlflow.parentRunId": run_id})
    client.delete_run(child.info.run_id)

    model = client.create_logged_model(alpha, name="forest", source_run_id=run_id, model_type="tree",
                                       params={"trees": "10"}, tags={"stage": "new"})
    client.finalize_logged_model(model.model_id, "READY")
    store.log_batch(run_id, [Metric("score", 0.5, 1700000004000, 2, model_id=model.model_id, dataset_name="penguins",
                                    dataset_digest="abc", run_id=run_id)], [], [])
    store.log_inputs(run_id, models=[LoggedModelInput(model.model_id)], datasets=[])
    store.log_outputs(run_id, [LoggedModelOutput(model.model_id, 3)])
    gone = client.create_logged_model(alpha, name="gone")
    client.delete_logged_model(gone.model_id)

    beta = client.create_experiment("beta", artifact_location="s3://bucket/beta")
    client.create_run(beta, start_time=1700000005000, run_name="remote")
    client.delete_experiment(beta)

    client.create_registered_model("iris", tags={"k": "v"}, description="flowers")
    client.create_registered_model("bare")
    for number in range(3):
        client.create_model_version("iris", f"{run.info.artifact_uri}/model", run_id, tags={"n": str(number)},
                                    description=f"number {number}")
    client.create_model_version("bare", "s3://bucket/model", run_link="http://example.com/run")
    client.transition_model_version_stage("iris", "2", "Production")
    client.set_registered_model_alias("iris", "champion", "1")
    client.set_registered_model_alias("iris", "newest", "2")
    client.delete_model_version("iris", "3")


def plain_dict(value):
    return dict(sorted(value.items()))


def found_run(run):
    info, data = run.info, run.data
    history = {key: [[m.step, m.timestamp, str(m.value)] for m in client.get_metric_history(info.run_id, key)]
               for key in sorted(data.metrics)}
    return {
        "run_id": info.run_id, "name": info.run_name, "user": info.user_id, "status": info.status,
        "start": info.start_time, "end": info.end_time, "stage": info.lifecycle_stage, "artifacts": info.artifact_uri,
        "params": plain_dict(data.params), "tags": plain_dict(data.tags), "history": history,
        "latest": {key: str(value) for key, value in sorted(data.metrics.items())},
        "datasets": sorted([i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema,
                            i.dataset.profile, {t.key: t.value for t in i.tags}] for i in run.inputs.dataset_inputs),
        "modelInputs": [m.model_id for m in run.inputs.model_inputs],
        "modelOutputs": [[m.model_id, m.step] for m in run.outputs.model_outputs] if run.outputs else [],
    }


def found_model(model):
    return {
        "model_id": model.model_id, "name": model.name, "location": model.artifact_location,
        "created": model.creation_timestamp, "updated": model.last_updated_timestamp, "status": str(model.status.value),
        "type": model.model_type, "run": model.source_run_id, "params": plain_dict(model.params),
        "tags": plain_dict(model.tags),
        "metrics": [[m.key, m.value, m.timestamp, m.step, m.dataset_name, m.dataset_digest, m.run_id]
                    for m in model.metrics or []],
    }


def found_version(version):
    return {
        "version": int(version.version), "created": version.creation_timestamp, "updated": version.last_updated_timestamp,
        "description": version.description or "", "stage": version.current_stage, "source": version.source,
        "run": version.run_id or "", "link": version.run_link or "", "status": version.status, "tags": plain_dict(version.tags),
        "aliases": sorted(version.aliases),
    }


def read_back():
    experiments = sorted(client.search_experiments(view_type=ViewType.ALL), key=lambda e: e.creation_time)
    return {
        "experiments": [
            {"id": e.experiment_id, "name": e.name, "location": e.artifact_location, "stage": e.lifecycle_stage,
             "created": e.creation_time, "updated": e.last_update_time, "tags": plain_dict(e.tags),
             "runs": [found_run(client.get_run(r.info.run_id))
                      for r in client.search_runs([e.experiment_id], run_view_type=ViewType.ALL,
                                                  order_by=["start_time ASC"])],
             "models": [found_model(m) for m in client.search_logged_models([e.experiment_id])]}
            for e in experiments],
        "registered": [
            {"name": m.name, "created": m.creation_timestamp, "updated": m.last_updated_timestamp,
             "description": m.description or "", "tags": plain_dict(m.tags),
             "aliases": {alias: int(version) for alias, version in sorted(m.aliases.items())},
             "versions": [found_version(v) for v in sorted(client.search_model_versions(f"name = '{m.name}'"),
                                                           key=lambda v: int(v.version))]}
            for m in client.search_registered_models()],
    }


def files():
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8", newline="") as f:
                found[os.path.relpath(path, root)] = f.read()
    return dict(sorted(found.items()))


fill()
recorded = {"mlflow": mlflow.__version__, "found": read_back(), "files": files()}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "file-store.json")
with open(path, "w") as f:
    json.dump(json.loads(json.dumps(recorded).replace(root, "<root>")), f, indent=1)
    f.write("\n")
