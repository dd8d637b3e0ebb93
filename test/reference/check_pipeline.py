"""Checks a pipeline's definition (JSON on the first argument's path) against botocore's model of SageMaker's calls, and prints the
complaints as a JSON list. References stand for text; the names of jobs, which a pipeline gives itself, are filled in."""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator

CALLS = {
    "Processing": ("CreateProcessingJob", {"ProcessingJobName": "x"}),
    "Training": ("CreateTrainingJob", {"TrainingJobName": "x"}),
    "Model": ("CreateModel", {"ModelName": "x"}),
    "RegisterModel": ("CreateModelPackage", {}),
}


def resolved(value):
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    return "text" if set(value) in ({"Get"}, {"Std:Join"}) else {key: resolved(item) for key, item in value.items()}


service = botocore.session.get_session().get_service_model("sagemaker")
complaints = []
for step in json.load(open(sys.argv[1]))["Steps"]:
    call, names = CALLS[step["Type"]]
    given = {**resolved(step["Arguments"]), **names}
    shape = service.operation_model(call).input_shape
    complaints += [f"{step['Name']}: {line}" for line in ParamValidator().validate(given, shape).generate_report().splitlines()]
print(json.dumps(complaints))
