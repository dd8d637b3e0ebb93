"""A story of users: MLflow's own AuthServiceClient makes them on a server with users (its URI is the first argument), whose
administrator is `root` with the password of MLFLOW_TRACKING_PASSWORD; prints what came of it.

Used by src/tracking/server/mlflow-client.test.ts. There is no answer of MLflow's own beside it: that keeps roles behind the
same calls.
"""

import json
import os
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.server.auth.client import AuthServiceClient

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
mlflow.set_tracking_uri(sys.argv[1])
PASSWORD = os.environ["MLFLOW_TRACKING_PASSWORD"]
auth = AuthServiceClient(sys.argv[1])
client = MlflowClient()
found = {}


def refused(call):
    try:
        call()
        return "allowed"
    except MlflowException as error:
        return error.error_code


def log_in(name):
    os.environ["MLFLOW_TRACKING_USERNAME"] = name


log_in("root")
ada = auth.create_user("ada", PASSWORD)
found["made"] = [ada.username, ada.is_admin, auth.get_user("ada").id == ada.id]
experiment = client.create_experiment("mine")
client.create_registered_model("iris")
log_in("ada")
found["reads"] = [client.get_experiment(experiment).name, client.get_registered_model("iris").name]
found["writes"] = [refused(lambda: client.create_run(experiment)), refused(lambda: client.create_model_version("iris", "s3://b/1"))]
found["self"] = refused(lambda: auth.grant_user_permission("ada", "experiment", experiment, "MANAGE"))
log_in("root")
auth.grant_user_permission("ada", "experiment", experiment, "EDIT")
auth.grant_user_permission("ada", "registered_model", "iris", "NO_PERMISSIONS")
found["granted"] = auth.get_user_permission("ada", "experiment", experiment).permission
log_in("ada")
run = client.create_run(experiment).info.run_id
client.log_text(run, "hello", "notes/a.txt")
found["text"] = mlflow.artifacts.load_text(f"runs:/{run}/notes/a.txt")
found["nowWrites"] = [client.get_run(run).info.status, refused(lambda: client.delete_run(run))]
found["sees"] = [m.name for m in client.search_registered_models()]
log_in("root")
auth.revoke_user_permission("ada", "registered_model", "iris")
auth.update_user_admin("ada", True)
log_in("ada")
found["admin"] = [[m.name for m in client.search_registered_models()], refused(lambda: client.delete_run(run))]
log_in("root")
auth.delete_user("ada")
log_in("ada")
found["gone"] = refused(lambda: client.get_experiment(experiment))

print(json.dumps(found))
