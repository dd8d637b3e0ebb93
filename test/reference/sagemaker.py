"""Records the SM_* variables that SageMaker's training toolkit sets, as test/reference/sagemaker.json.

Run with: python test/reference/sagemaker.py   (needs sagemaker-training)
"""

import importlib.metadata
import json
import os
import pathlib
import tempfile

base = pathlib.Path(tempfile.mkdtemp())
os.environ["SAGEMAKER_BASE_DIR"] = str(base)

hyperparameters = {
    "epochs": "5",
    "learning-rate": "0.01",
    "verbose": "true",
    "layers": "[10, 8]",
    "name": "penguins",
    "x": "1",
    "options": '{"b": false, "a": 1}',
    "quoted": '"text"',
    "nothing": "null",
    "nan": "NaN",
    "infinite": "-Infinity",
    "accent": "Größe",
    "broken": "{oops",
    "sagemaker_program": "train.py",
    "sagemaker_submit_directory": "/opt/ml/code",
    "_tuning_objective_metric": "loss",
}
channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
hosts = ["algo-1", "algo-2"]
group = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": hosts}
files = {
    "hyperparameters.json": hyperparameters,
    "inputdataconfig.json": {"validation": channel, "train": {**channel, "ContentType": "text/csv"}},
    "resourceconfig.json": {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": hosts,
        "instance_groups": [group],
        "network_interface_name": "eth0",
    },
}
config = base / "input" / "config"
config.mkdir(parents=True)
for name, content in files.items():
    (config / name).write_text(json.dumps(content))
for name in ("input/data/train", "input/data/validation", "model", "code", "output/data"):
    (base / name).mkdir(parents=True)

from sagemaker_training import environment  # noqa: E402

variables = environment.Environment().to_env_vars()
golden = {
    "toolkit": importlib.metadata.version("sagemaker-training"),
    "files": files,
    "variables": {name: value.replace(str(base), "/opt/ml") for name, value in sorted(variables.items())},
}
place = pathlib.Path(__file__).with_suffix(".json")
place.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
