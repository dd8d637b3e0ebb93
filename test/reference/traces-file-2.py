"""Records a `traces.json` as MLflow 2 leaves it among the artifacts of a trace, and what it says of the spans itself.

Run with MLflow 2.22, SQLAlchemy 2.0 and opentelemetry-sdk 1.33 in an empty folder: python traces-file-2.py > traces-file-2.json
"""

import json
import os

import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("old")


@mlflow.trace(span_type="CHAIN", attributes={"model": "a", "timestamp": 1})
def answer(question):
    with mlflow.start_span("search", span_type="RETRIEVER") as span:
        span.set_inputs({"query": question})
        span.add_event(mlflow.entities.SpanEvent("found", attributes={"count": 3}))
        span.set_outputs(["page", "another"])
    try:
        with mlflow.start_span("fail"):
            raise ValueError("no luck")
    except ValueError:
        return {"text": "forty-two"}


answer("what?")
trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
location = trace.info.tags["mlflow.artifactLocation"]
with open(os.path.join(location, "traces.json")) as file:
    content = json.load(file)
# Where this machine has its files is nobody's business.
for span in content["spans"]:
    for event in span["events"]:
        event["attributes"].pop("exception.stacktrace", None)

spans = [
    {
        "name": span.name,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "startTimeNs": str(span.start_time_ns),
        "endTimeNs": str(span.end_time_ns),
        "status": [span.status.status_code.value, span.status.description],
        "attributes": span.attributes,
        "events": [[event.name, str(event.timestamp)] for event in span.events],
    }
    for span in trace.data.spans
]
recorded = {"mlflow": mlflow.__version__, "traceId": trace.info.request_id, "file": json.dumps(content), "spans": spans}
print(json.dumps(recorded, indent=1))
