"""MLflow's client sends a file of three parts to the server at the address given, and reads it back."""

import json
import os
import sys

os.environ["MLFLOW_TRACKING_URI"] = sys.argv[1]
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(2**20)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 * 2**20)

import mlflow  # noqa: E402

content = os.urandom(11 * 2**20)
with open("weights.bin", "wb") as file:
    file.write(content)

with mlflow.start_run() as run:
    mlflow.log_artifact("weights.bin", "large")

path = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/large/weights.bin", dst_path="back")
with open(path, "rb") as file:
    print(json.dumps(file.read() == content))
