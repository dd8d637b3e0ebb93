"""Records what MLflow's own tracking server answers about traces, for src/tracking/server/trace-answers.test.ts.

Run with MLflow 3.17.2:  python test/reference/trace-server.py   (steps are as in tracking-server.py)
"""

import os
import sys
from importlib import import_module

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
recorder = import_module("tracking-server")

V2 = "/api/2.0/mlflow/traces"
V3 = "/api/3.0/mlflow/traces"
OTHER = "tr-" + "0" * 32
steps = []


def step(name, method, path, data=None, save=None, **more):
    steps.append({"name": name, "method": method, "path": path, "data": data, "save": save or {}, **more})


def post(name, path, data=None, **more):
    step(name, "POST", path, data, **more)


def get(name, path, data=None, **more):
    step(name, "GET", path, data, **more)


def trace_id(n):
    return f"tr-{n:032x}"


def trace(n, experiment="{exp}", **more):
    info = {"trace_id": trace_id(n),
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
            "request_time": f"2026-01-0{n}T00:00:00.{n}00Z", "execution_duration": f"{n}.5s", "state": "OK",
            "request_preview": f"question {n}", "response_preview": f"answer {n}",
            "trace_metadata": {"mlflow.trace_schema.version": "3", "mlflow.trace.session": f"session-{n % 2}",
                               "mlflow.sourceRun": "{run}" if n == 2 else "none"},
            "tags": {"mlflow.traceName": f"agent-{n}", "team": "blue" if n % 2 else "red"}, **more}
    return {"trace": {"trace_info": info}}


def value(v):
    if isinstance(v, bool):
        return {"boolValue": v}
    if isinstance(v, int):
        return {"intValue": str(v)}
    if isinstance(v, float):
        return {"doubleValue": v}
    if isinstance(v, list):
        return {"arrayValue": {"values": [value(x) for x in v]}}
    if isinstance(v, dict):
        return {"kvlistValue": {"values": [{"key": k, "value": value(x)} for k, x in v.items()]}}
    return {"stringValue": v}


def otlp(n, spans, resource=None):
    def one(number, parent, name, attributes, status=1, **more):
        start = 1_770_000_000_000_000_001 + n * 1_000_000_000 + number * 1_000_000
        return {"traceId": f"{n:032x}", "spanId": f"{number:016x}", **({"parentSpanId": f"{parent:016x}"} if parent else {}),
                "name": name, "kind": 1, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 5_000_000),
                "attributes": [{"key": k, "value": value(v)} for k, v in attributes.items()],
                "status": {"code": status, **({"message": "broken"} if status == 2 else {})}, **more}
    resources = [{"key": k, "value": value(v)} for k, v in (resource or {}).items()]
    return {"resourceSpans": [{"resource": {"attributes": resources},
                               "scopeSpans": [{"scope": {"name": "x"}, "spans": [one(*s[:4], **s[4]) for s in spans]}]}]}


def send(name, data, experiment="{exp}", **more):
    headers = {"x-mlflow-experiment-id": experiment}
    post(name, "/v1/traces", data, headers=more.pop("headers", headers), raw=True, **more)


post("an experiment", "/api/2.0/mlflow/experiments/create", {"name": "agents"}, save={"exp": "experiment_id"})
post("another experiment", "/api/2.0/mlflow/experiments/create", {"name": "other"}, save={"other": "experiment_id"})
post("a run", "/api/2.0/mlflow/runs/create", {"experiment_id": "{exp}", "run_name": "r", "tags": [], "start_time": 1}, save={"run": "run.info.run_id"})

# start, read
for n in range(1, 5):
    post(f"start trace {n}", V3, trace(n))
post("start a trace that is an error", V3, trace(5, state="ERROR", client_request_id="mine"))
post("start a trace in progress", V3, trace(6, state="IN_PROGRESS", execution_duration=None))
post("start a trace elsewhere", V3, trace(7, "{other}"))
post("start a trace again", V3, trace(1, response_preview="better", tags={"more": "yes"}))
post("start a trace in no experiment", V3, trace(8, "98765"))
post("start nothing", V3, {})
get("get the info", f"{V3}/{trace_id(1)}")
get("get the info by the page's prefix", f"/ajax-api/3.0/mlflow/traces/{trace_id(2)}")
get("get no info", f"{V3}/{OTHER}")
get("get the old info", f"{V2}/{trace_id(1)}/info")
get("get no old info", f"{V2}/{OTHER}/info")
post("get many infos", f"{V3}/batchGetInfos", {"trace_ids": [trace_id(2), OTHER, trace_id(1)]})
post("get many infos of an experiment", f"{V3}/batchGetInfos", {"trace_ids": [trace_id(2), trace_id(7)], "experiment_ids": ["{other}"]})
post("get many infos of none", f"{V3}/batchGetInfos", {})

# tags
step("tag it", "PATCH", f"{V2}/{trace_id(1)}/tags", {"key": "k", "value": "v"})
step("tag it the new way", "PATCH", f"{V3}/{trace_id(1)}/tags", {"key": "k2", "value": "v2"})
step("tag it without a key", "PATCH", f"{V3}/{trace_id(1)}/tags", {"value": "v2"})
step("tag it with a bad key", "PATCH", f"{V3}/{trace_id(1)}/tags", {"key": "a#b", "value": "v2"})
step("tag it with a long key", "PATCH", f"{V3}/{trace_id(1)}/tags", {"key": "a" * 251, "value": "v2"})
step("tag where its spans are", "PATCH", f"{V3}/{trace_id(1)}/tags", {"key": "mlflow.trace.spansLocation", "value": "x"})
step("tag nothing", "PATCH", f"{V3}/{OTHER}/tags", {"key": "k", "value": "v"})
step("untag it", "DELETE", f"{V2}/{trace_id(1)}/tags", {"key": "k"})
step("untag it again", "DELETE", f"{V3}/{trace_id(1)}/tags", {"key": "k"})
step("untag nothing", "DELETE", f"{V3}/{OTHER}/tags", {"key": "k"})
step("rename it", "PATCH", f"{V3}/{trace_id(4)}/tags", {"key": "mlflow.traceName", "value": "renamed"})


# spans by OTLP
AGENT = {"mlflow.spanType": "AGENT", "mlflow.spanInputs": {"question": "why?"}, "mlflow.spanOutputs": "because"}
LLM = {"mlflow.spanType": "LLM", "mlflow.llm.model": "gpt", "temperature": 0.5, "n": 3, "stream": True, "stop": ["a", "b"],
       "mlflow.chat.tokenUsage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}}
EVENT = {"timeUnixNano": "1770000000000000123", "name": "exception",
         "attributes": [{"key": "exception.message", "value": {"stringValue": "oh"}}]}
send("send spans of a new trace", otlp(16, [
    (1, 0, "root", AGENT, {}), (2, 1, "ask", LLM, {}), (3, 1, "search", {"mlflow.spanType": "TOOL"}, {"status": 2, "events": [EVENT]}),
], {"service.name": "shop", "telemetry.sdk.language": "nodejs"}))
send("send spans of a trace that is there", otlp(1, [(1, 0, "root", {"mlflow.spanType": "CHAIN", "user.id": "ada", "session.id": "s"}, {})]))
send("send a part of a trace", otlp(17, [(2, 1, "child", {"a": "b"}, {"status": 0})]))
send("send spans to no experiment", otlp(18, [(1, 0, "root", {}, {})]), "98765")
send("send no spans", {"resourceSpans": []})
send("send nonsense", None, text="nonsense", contentType="application/json")
send("send another type", otlp(18, [(1, 0, "root", {}, {})]), contentType="text/plain")
send("send to nowhere", otlp(18, [(1, 0, "root", {}, {})]), headers={})
get("get the info of sent spans", f"{V3}/{trace_id(16)}")
get("get the info of the trace with spans", f"{V3}/{trace_id(1)}")
get("get the info of a part", f"{V3}/{trace_id(17)}")
get("get the trace", f"{V3}/get", {"trace_id": trace_id(16)})
get("get the trace, if partial", f"{V3}/get", {"trace_id": trace_id(17), "allow_partial": "true"})
get("get a trace without spans", f"{V3}/get", {"trace_id": trace_id(2)})
get("get no trace", f"{V3}/get", {"trace_id": OTHER})
get("get a trace without an id", f"{V3}/get")
get("get many traces", f"{V3}/batchGet", {"trace_ids": [trace_id(16), OTHER]})
get("get the trace data", "/ajax-api/3.0/mlflow/get-trace-artifact", {"request_id": trace_id(16)})
get("get the trace data the old way", "/ajax-api/2.0/mlflow/get-trace-artifact", {"request_id": trace_id(1)})
get("get no trace data", "/ajax-api/2.0/mlflow/get-trace-artifact", {"request_id": OTHER})
get("get trace data of nothing", "/ajax-api/2.0/mlflow/get-trace-artifact")

# assessments
MADE = {"create_time": "2026-01-01T00:00:00Z", "last_update_time": "2026-01-01T00:00:00Z", "source": {"source_type": "HUMAN", "source_id": "ada"}}


def assess(name, assessment, n=1, save=None):
    post(name, f"{V3}/{trace_id(n)}/assessments", {"assessment": {"trace_id": trace_id(n), **MADE, **assessment}},
         save=save and {save: "assessment.assessment_id"})


one = f"{V3}/{trace_id(1)}/assessments/"
assess("give feedback", {"assessment_name": "correct", "feedback": {"value": True}, "rationale": "it is", "metadata": {"a": "b"}, "valid": True},
       save="feedback")
assess("give a number", {"assessment_name": "score", "feedback": {"value": 0.75}, "valid": True}, 2, save="score")
assess("give a text", {"assessment_name": "mood", "feedback": {"value": "good"}, "span_id": "0000000000000001", "valid": True,
       "source": {"source_type": "LLM_JUDGE", "source_id": "judge"}}, 3, save="mood")
assess("give an error", {"assessment_name": "judged", "feedback": {"error": {"error_code": "E", "error_message": "no"}}, "valid": True}, 3, save="judged")
assess("expect", {"assessment_name": "answer", "expectation": {"value": "42"}}, save="expectation")
assess("expect a structure", {"assessment_name": "facts", "expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "[\"a\", 1]"}}}, save="facts")
assess("override", {"assessment_name": "correct", "feedback": {"value": False}, "overrides": "{feedback}", "valid": True},
       save="override")
assess("override nothing", {"assessment_name": "correct", "feedback": {"value": False}, "overrides": "a-none", "valid": True})
assess("assess nothing", {"assessment_name": "correct", "feedback": {"value": False}}, 99)
assess("assess without a value", {"assessment_name": "correct"})
post("assess without anything", f"{V3}/{trace_id(1)}/assessments", {})
get("get the assessment", one + "{feedback}")
get("get the one that overrides", one + "{override}")
get("get no assessment", one + "a-none")
get("get an assessment of no trace", f"{V3}/{OTHER}/assessments/a-none")
step("update it", "PATCH", one + "{override}", {"assessment": {"feedback": {"value": "new"}, "rationale": "better", "metadata": {"c": "d"}},
     "update_mask": "feedback,rationale,metadata"})
step("rename the assessment", "PATCH", one + "{expectation}", {"assessment": {"assessment_name": "reply"}, "update_mask": "assessmentName"})
step("update the expectation", "PATCH", one + "{expectation}", {"assessment": {"expectation": {"value": 43}}, "update_mask": "expectation"})
step("update to another kind", "PATCH", one + "{expectation}", {"assessment": {"feedback": {"value": 1}}, "update_mask": "feedback"})
step("update nothing", "PATCH", one + "a-none", {"assessment": {"rationale": "x"}, "update_mask": "rationale"})
step("update without a mask", "PATCH", one + "{override}", {"assessment": {"rationale": "x"}})
get("get the info with assessments", f"{V3}/{trace_id(1)}")
step("delete the one that overrides", "DELETE", one + "{override}")
step("delete it again", "DELETE", one + "{override}")
get("get the one that is valid again", one + "{feedback}")

# links
post("link to a run", f"{V2}/link-to-run", {"trace_ids": [trace_id(3), trace_id(4)], "run_id": "{run}"})
post("link again", f"{V2}/link-to-run", {"trace_ids": [trace_id(3)], "run_id": "{run}"})
post("link nothing", f"{V2}/link-to-run", {"run_id": "{run}"})
post("link to no run", f"{V2}/link-to-run", {"trace_ids": [trace_id(3)], "run_id": "0" * 32})
post("link too many", f"{V2}/link-to-run", {"trace_ids": ["tr-%d" % i for i in range(101)], "run_id": "{run}"})
post("link prompts", f"{V2}/link-prompts", {"trace_id": trace_id(3), "prompt_versions": [{"name": "greet", "version": "1"}]})
post("link prompts to nothing", f"{V2}/link-prompts", {"trace_id": OTHER, "prompt_versions": [{"name": "greet", "version": "1"}]})


# search
def search(name, filter=None, experiments=("{exp}",), **more):
    places = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": e}} for e in experiments]
    post(f"search {name}", f"{V3}/search", {"locations": places, "order_by": ["timestamp_ms ASC"], **({"filter": filter} if filter else {}), **more}, only="trace_id")


search("all", order_by=[])
search("two experiments", experiments=("{exp}", "{other}"))
search("no experiment", experiments=("98765",))
post("search nowhere", f"{V3}/search", {"locations": []})
for text in [
    "attributes.status = 'ERROR'", "status != 'OK'", "trace.status IN ('ERROR', 'IN_PROGRESS')", "timestamp_ms > 1767398400000",
    "timestamp > 1767398400000 AND timestamp < 1767571200000", "execution_time_ms >= 3500", "execution_time < 2000",
    "end_time > 1767398400000", "name = 'agent-2'", "attributes.name LIKE 'agent%'", "name ILIKE 'AGENT-_'", "name RLIKE 'agent-[12]$'",
    "name IN ('agent-1', 'agent-2')", "request_id = '" + trace_id(2) + "'", "request_id IN ('" + trace_id(2) + "', '" + trace_id(3) + "')",
    "client_request_id = 'mine'", "run_id = '{run}'", "attributes.run_id = '{run}'", "tags.team = 'blue'", "tag.team != 'blue'",
    "tags.`team` RLIKE 'r.d'", "tags.team IS NULL", "tags.more IS NOT NULL", "metadata.`mlflow.trace.session` = 'session-1'",
    "request_metadata.mlflow.trace.session LIKE '%0'", "metadata.nothing IS NULL AND status = 'ERROR'", "metadata.mlflow.sourceRun = '{run}'",
    "span.name = 'ask'", "span.name LIKE 's%' AND span.status = 'ERROR'", "span.type = 'LLM'", "span.type IN ('LLM', 'TOOL')",
    "span.type = 'LLM' AND span.name = 'search'", "span.attributes.temperature LIKE '%0.5%'", "span.attributes.mlflow.llm.model LIKE '%gpt%'",
    "span.attributes.mlflow.llm.model RLIKE '^g.t$'", "trace.text LIKE '%why?%'", "text ILIKE '%WHY?%'",
    "feedback.score > 0.5", "feedback.score > 0.8", "feedback.mood = 'good'", "feedback.correct = 'true'", "feedback.mood LIKE '%oo%'",
    "feedback.correct IS NOT NULL", "feedback.mood IS NULL AND tags.team = 'blue'", "expectation.reply = '43'", "prompt = 'greet/1'",
]:
    search(text, text)
for text in [
    "nonsense = 'x'", "span.nothing = 'x'", "feedback.score > 'x'", "feedback.score = 5", "tags.a > 'x'", "status > 'OK'", "timestamp_ms LIKE 'x'",
    "name", "prompt LIKE 'x'", "prompt = 'x'", "issue.name = 'x'", "text = 'x'", "request_metadata.a > 'x'", "timestamp_ms IN ('1')",
]:
    search(f"badly: {text}", text)
for order in ["timestamp DESC", "execution_time_ms DESC", "status ASC", "tags.team DESC", "name DESC", "metadata.mlflow.trace.session ASC"]:
    search(f"by {order}", order_by=[order])
search("by nonsense", order_by=["nonsense"])
search("too many", max_results=501)
search("a page", max_results=3)
get("search the old way", V2, {"experiment_ids": ["{exp}"], "filter": "tags.team = 'red'", "max_results": "2", "order_by": ["timestamp_ms ASC"]})
get("search the old way nowhere", V2)

# the old way
post("start the old way", V2, {"experiment_id": "{exp}", "timestamp_ms": 1000, "request_metadata": [{"key": "m", "value": "1"}], "tags": [{"key": "t", "value": "1"}]},
     save={"old": "trace_info.request_id"})
step("end the old way", "PATCH", V2 + "/{old}", {"timestamp_ms": 1500, "status": "OK", "request_metadata": [{"key": "n", "value": "2"}], "tags": [{"key": "u", "value": "2"}]})
step("end nothing", "PATCH", V2 + "/" + OTHER, {"timestamp_ms": 1500, "status": "OK"})
post("start the old way nowhere", V2, {"experiment_id": "98765", "timestamp_ms": 1000})

# statistics of the page
post("correlation", f"{V3}/calculate-filter-correlation", {"experiment_ids": ["{exp}"], "filter_string1": "tags.team = 'blue'", "filter_string2": "status = 'ERROR'"})
post("correlation of part", f"{V3}/calculate-filter-correlation", {"experiment_ids": ["{exp}"], "filter_string1": "tags.team = 'blue'", "filter_string2": "status = 'OK'", "base_filter": "timestamp_ms > 1767200000000"})
post("correlation of nothing", f"{V3}/calculate-filter-correlation", {"experiment_ids": ["{exp}"], "filter_string1": "tags.team = 'green'", "filter_string2": "status = 'OK'"})

# delete
post("delete some", f"{V2}/delete-traces", {"experiment_id": "{exp}", "request_ids": [trace_id(5), trace_id(7), OTHER]})
post("delete the oldest", f"{V3}/delete-traces", {"experiment_id": "{exp}", "max_timestamp_millis": 1767398400300, "max_traces": 2})
post("delete what is not said", f"{V2}/delete-traces", {"experiment_id": "{exp}"})
post("delete from nowhere", f"{V2}/delete-traces", {"max_traces": 1})
post("delete no traces", f"{V2}/delete-traces", {"experiment_id": "{exp}", "max_timestamp_millis": 1, "max_traces": 0})
post("delete both ways", f"{V2}/delete-traces", {"experiment_id": "{exp}", "max_timestamp_millis": 1, "request_ids": [OTHER]})
search("what is left", order_by=[])

recorder.record(steps, "trace-server.json")
