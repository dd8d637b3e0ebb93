"""Opens a tracking database with MLflow, says what it sees, then writes to it. Called by mlflow-interop.test.ts.

Usage: python tracking_interop.py TRACKING_URI RUN_ID MODEL
"""

import json
import sys

import mlflow
from mlflow import MlflowClient


def main(tracking_uri, run_id, model):
    client = MlflowClient(tracking_uri)
    run = client.get_run(run_id)
    version = client.get_model_version(model, "1")
    seen = {
        "mlflow": mlflow.__version__,
        "experiments": sorted(e.name for e in client.search_experiments()),
        "name": run.info.run_name,
        "status": run.info.status,
        "metrics": {key: repr(value) for key, value in run.data.metrics.items()},
        "history": [[m.step, m.value] for m in client.get_metric_history(run_id, "loss")],
        "params": run.data.params,
        "tags": {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.source")},
        "datasets": [[d.dataset.name, d.dataset.digest, d.dataset.schema, d.tags[0].value] for d in run.inputs.dataset_inputs],
        "artifacts": sorted(f.path for f in client.list_artifacts(run_id)),
        "text": open(client.download_artifacts(run_id, "notes/a b.txt")).read(),
        "version": [version.version, version.current_stage, version.aliases, version.tags, version.run_id],
        "download": client.get_model_version_download_uri(model, "1"),
        "champion": client.get_model_version_by_alias(model, "champion").version,
        "found": [r.info.run_name for r in client.search_runs(["1"], "metrics.loss < 1 AND params.lr = '0.1'")],
    }
    experiment = client.create_experiment("from MLflow")
    made = client.create_run(experiment, run_name="theirs").info.run_id
    client.log_metric(made, "acc", 0.5, step=3)
    client.log_metric(made, "acc", float("nan"), step=4)
    client.log_param(made, "depth", "3")
    client.log_text(made, "hello", "hello.txt")
    client.create_model_version(model, "s3://bucket/theirs", run_id=made, tags={"by": "mlflow"})
    client.set_registered_model_alias(model, "challenger", "2")
    seen["made"] = made
    print(json.dumps(seen))


main(*sys.argv[1:])
