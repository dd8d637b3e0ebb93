"""A story of traces that MLflow's own client tells a tracking server (its URI is the first argument); prints what came of it.

Used by src/tracking/server/mlflow-client.test.ts. What came of it with MLflow's own server (3.17.2, --workers 1, SQLite) is
in traces-client.json. Names and numbers that differ from run to run are left out.
"""

import json
import os
import sys

os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Expectation, Feedback, SpanType
from mlflow.entities.assessment import AssessmentError
from mlflow.exceptions import MlflowException

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
found = {}


def refused(call):
    try:
        call()
        return "nothing"
    except MlflowException as error:
        return error.error_code


@mlflow.trace(span_type=SpanType.TOOL)
def look_up(word):
    if word == "nothing":
        raise ValueError("no such word")
    return {"meaning": f"{word}!", "ünï": [1, 2.5, None, True]}


@mlflow.trace(span_type=SpanType.AGENT, attributes={"version": 2})
def agent(question):
    with mlflow.start_span("think", span_type=SpanType.LLM) as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})
        span.set_attribute("temperature", 0.5)
        span.set_outputs("I look it up")
    mlflow.update_current_trace(tags={"team": "blue"}, metadata={"mlflow.trace.session": "s1", "mlflow.trace.user": "ada"})
    return look_up(question)


def shape(trace):
    return {
        "state": str(trace.info.state), "tags": {k: v for k, v in trace.info.tags.items() if k in ("team", "mlflow.traceName", "mlflow.trace.spansLocation")},
        "session": trace.info.trace_metadata.get("mlflow.trace.session"), "usage": trace.info.token_usage,
        "request": trace.info.request_preview, "response": trace.info.response_preview,
        "spans": sorted([s.name, s.span_type, str(s.status.status_code), s.inputs, s.outputs, s.parent_id is None,
                         [e.name for e in s.events], {k: v for k, v in s.attributes.items() if not k.startswith("mlflow.")}] for s in trace.data.spans),
        "times": all(s.start_time_ns <= s.end_time_ns for s in trace.data.spans),
    }


mlflow.set_experiment("agents")
experiment = mlflow.get_experiment_by_name("agents").experiment_id
agent("hello")
first = mlflow.get_last_active_trace_id()
found["first"] = shape(mlflow.get_trace(first))
try:
    agent("nothing")
except ValueError:
    pass
second = mlflow.get_last_active_trace_id()
found["second"] = shape(mlflow.get_trace(second))
with mlflow.start_run(run_name="traced") as run:
    agent("in a run")
third = mlflow.get_last_active_trace_id()

# searches
search = lambda text, **more: [t.info.tags["mlflow.traceName"] + ":" + t.info.state for t in mlflow.search_traces(
    locations=[experiment], filter_string=text, return_type="list", order_by=["timestamp_ms ASC"], **more)]
found["all"] = search(None)
found["searches"] = {text: search(text) for text in [
    "attributes.status = 'ERROR'", "attributes.name RLIKE '^ag.nt$'", "tags.team = 'blue'", "metadata.`mlflow.trace.session` = 's1'",
    "span.name = 'think' AND span.type = 'LLM'", "span.attributes.temperature LIKE '%0.5%'", "span.status = 'ERROR'", "trace.text LIKE '%no such word%'",
    "timestamp_ms > 0 AND execution_time_ms >= 0"]}
found["of the run"] = [t.info.trace_id == third for t in mlflow.search_traces(locations=[experiment], run_id=run.info.run_id, return_type="list")]
found["pages"] = [len(client.search_traces(locations=[experiment], max_results=2)), len(client.search_traces(
    locations=[experiment], max_results=2, page_token=client.search_traces(locations=[experiment], max_results=2).token))]
found["frame"] = list(mlflow.search_traces(locations=[experiment], order_by=["timestamp_ms ASC"])["state"].astype(str))
found["badly"] = refused(lambda: client.search_traces(locations=[experiment], filter_string="nonsense = 1"))

# tags
mlflow.set_trace_tag(first, "checked", "yes")
client.set_trace_tag(first, "gone", "soon")
client.delete_trace_tag(first, "gone")
found["tags"] = {k: v for k, v in client.get_trace(first).info.tags.items() if not k.startswith("mlflow.")}
found["no tag"] = refused(lambda: client.delete_trace_tag(first, "gone"))

# assessments
human = AssessmentSource("HUMAN", "ada")
feedback = mlflow.log_feedback(trace_id=first, name="correct", value=True, source=human, rationale="it is", metadata={"a": "b"})
score = mlflow.log_feedback(trace_id=first, name="score", value=0.75)
mlflow.log_feedback(trace_id=second, name="judged", error=ValueError("too long"), source=AssessmentSource("LLM_JUDGE", "judge"))
expectation = mlflow.log_expectation(trace_id=first, name="answer", value={"text": "ünï", "n": 1}, source=human)
given = mlflow.get_assessment(first, feedback.assessment_id)
found["feedback"] = [given.name, given.value, given.rationale, given.metadata, given.source.source_type, given.source.source_id, given.valid]
found["expectation"] = mlflow.get_assessment(first, expectation.assessment_id).value
found["error"] = [[a.name, a.feedback.error.error_code, a.feedback.error.error_message] for a in mlflow.get_trace(second).info.assessments]
mlflow.update_assessment(first, score.assessment_id, Feedback(name="score", value=0.25, rationale="less"))
found["updated"] = [[a.name, a.value, a.rationale] for a in mlflow.get_trace(first).info.assessments if a.name == "score"]
override = mlflow.override_feedback(trace_id=first, assessment_id=feedback.assessment_id, value=False, rationale="no", source=human)
found["overridden"] = [mlflow.get_assessment(first, feedback.assessment_id).valid, override.value, override.overrides == feedback.assessment_id]
found["by feedback"] = [search("feedback.score < 0.5"), search("feedback.correct = 'false'"), search("feedback.correct IS NULL")]
mlflow.delete_assessment(trace_id=first, assessment_id=override.assessment_id)
found["valid again"] = mlflow.get_assessment(first, feedback.assessment_id).valid
found["no assessment"] = refused(lambda: mlflow.get_assessment(first, override.assessment_id))

# links, and traces made by hand
client.link_traces_to_run([first, second], run.info.run_id)
found["linked"] = sorted(t.info.trace_id == third for t in client.search_traces(locations=[experiment], run_id=run.info.run_id))
root = client.start_trace("by hand", inputs={"x": 1}, experiment_id=experiment)
child = client.start_span("part", trace_id=root.trace_id, parent_id=root.span_id, span_type=SpanType.RETRIEVER)
client.end_span(root.trace_id, child.span_id, outputs=[{"page_content": "text"}])
client.end_trace(root.trace_id, outputs={"y": 2}, status="OK")
found["by hand"] = shape(client.get_trace(root.trace_id))

# deletion
found["deleted"] = [client.delete_traces(experiment, trace_ids=[first]), client.delete_traces(experiment, max_timestamp_millis=10**13, max_traces=1)]
found["left"] = len(client.search_traces(locations=[experiment]))
found["gone"] = refused(lambda: client.get_trace(first))

print(json.dumps(found, default=str))
