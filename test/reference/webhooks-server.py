"""Records what MLflow's own tracking server answers about webhooks, for src/tracking/server/mlflow-answers.test.ts.

Run with MLflow 3.17.2:  python test/reference/webhooks-server.py
"""

import importlib

server = importlib.import_module("tracking-server")
WEBHOOKS = "webhooks"
WEBHOOK = server.API + WEBHOOKS + "/{hook}"
URL = "https://8.8.8.8/hook"
EVENTS = [{"entity": "MODEL_VERSION", "action": "CREATED"}]
CREATED = {"events by their numbers", "a disabled webhook", "an unknown status of a webhook"}
server.steps.clear()
get, post, step = server.get, server.post, server.step


def create(title, **fields):
    saved = {title: "webhook.webhook_id"} if title in CREATED else None
    post(title, WEBHOOKS, {"name": "a", "url": URL, "events": EVENTS, **fields}, save=saved)


post("create a webhook", WEBHOOKS, {"name": "a", "url": URL, "events": EVENTS, "secret": "s", "description": ""},
     save={"hook": "webhook.webhook_id"})
get("get the webhook", WEBHOOK)
get("list webhooks", WEBHOOKS)
get("list one webhook", WEBHOOKS, {"max_results": "1"})
get("list webhooks, none at all", WEBHOOKS, {"max_results": "0"})
get("list webhooks, less than none", WEBHOOKS, {"max_results": "-1"})
get("list webhooks, no number", WEBHOOKS, {"max_results": "x"})
create("an action that does not fit", events=[{"entity": "MODEL_VERSION", "action": "SET"}])
create("events by their numbers", events=[{"entity": 2, "action": 1}])
create("events that are no list", events="x")
create("no events at all", events=[])
post("events left out", WEBHOOKS, {"name": "a", "url": URL})
post("no URL", WEBHOOKS, {"name": "a", "events": EVENTS})
post("no name of a webhook", WEBHOOKS, {"url": URL, "events": EVENTS})
create("a name that is a number", name=5)
create("a disabled webhook", status="DISABLED")
create("an unknown status of a webhook", status="NONSENSE")
create("without encryption", url="http://8.8.8.8/x")
create("this machine", url="https://127.0.0.1/x")
create("the metadata of a cloud", url="https://169.254.169.254/x")
create("this machine, version 6", url="https://[::1]/x")
create("this machine by name", url="https://localhost/x")
create("no URL but a word", url="nothing")
create("a long name", name="x" * 64)
step("change nothing", "PATCH", WEBHOOK, {})
step("change to no events", "PATCH", WEBHOOK, {"events": []})
step("change to nothing", "PATCH", WEBHOOK, {"name": "", "description": ""})
step("change to a bad URL", "PATCH", WEBHOOK, {"url": "http://8.8.8.8/"})
step("disable", "PATCH", WEBHOOK, {"status": "DISABLED", "description": "d"})
post("test no webhook", "webhooks/nothing/test", {})
post("test an event there is none of", WEBHOOK + "/test", {"event": {"entity": "PROMPT", "action": "SET"}})
step("delete the webhook", "DELETE", WEBHOOK)
step("delete the webhook again", "DELETE", WEBHOOK, {})
get("get the deleted webhook", WEBHOOK)

if __name__ == "__main__":
    server.record(server.steps, "webhooks-server.json")
