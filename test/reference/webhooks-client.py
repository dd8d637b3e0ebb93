"""A story of webhooks: MLflow's own client asks a tracking server (its URI is the first argument) to call a receiver of this
script, which checks the signatures; prints what came of it.

Used by src/tracking/server/mlflow-client.test.ts. What came of it with MLflow's own server (3.17.2, --workers 1, SQLite) is
in webhooks-client.json. The server needs MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http and MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true.
"""

import base64
import hashlib
import hmac
import http.server
import json
import queue
import sys
import threading
from datetime import datetime

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
SECRET = "a secret that nobody sees"
received = queue.Queue()
failures = {"/flaky": 1}
found = {}


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        left = failures.get(self.path, 0)
        failures[self.path] = left - 1
        status = 503 if left > 0 else 400 if self.path == "/refuses" else 200
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"noted" if status == 200 else b"no")
        received.put((self.path, status, dict(self.headers), body))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}"


def take():
    """The next delivery, with what is the same in all runs."""
    path, status, headers, body = received.get(timeout=60)
    lower = {key.lower(): value for key, value in headers.items()}
    signed = f"{lower['x-mlflow-delivery-id']}.{lower['x-mlflow-timestamp']}.{body}"
    expected = "v1," + base64.b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()).decode()
    signature = lower.get("x-mlflow-signature")
    content = json.loads(body)
    datetime.fromisoformat(content["timestamp"])
    return {"path": path, "status": status, "type": lower["content-type"],
            "signature": "none" if signature is None else "right" if signature == expected else "wrong",
            "entity": content["entity"], "action": content["action"], "data": content["data"], "keys": sorted(content)}


def refused(call):
    try:
        call()
        return "allowed"
    except MlflowException as error:
        return [error.error_code, error.message]


def shown(webhook):
    return [webhook.name, webhook.url.replace(url, "URL"), sorted(str(e) for e in webhook.events), webhook.description,
            str(webhook.status), webhook.secret, webhook.creation_timestamp <= webhook.last_updated_timestamp]


EVENTS = ["registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted",
          "model_version_alias.created", "model_version_alias.deleted", "prompt.created", "prompt_version.created",
          "prompt_tag.set", "prompt_tag.deleted", "prompt_version_tag.set", "prompt_version_tag.deleted",
          "prompt_alias.created", "prompt_alias.deleted"]
hook = client.create_webhook("all", f"{url}/all", EVENTS, description="everything", secret=SECRET)
found["created"] = shown(hook)
found["got"] = shown(client.get_webhook(hook.webhook_id))

client.create_registered_model("iris", tags={"k": "v"}, description="flowers")
deliveries = [take()]
client.create_model_version("iris", "s3://bucket/model", tags={"t": "1"}, description="first")
deliveries.append(take())
client.set_model_version_tag("iris", "1", "checked", "yes")
deliveries.append(take())
client.delete_model_version_tag("iris", "1", "checked")
deliveries.append(take())
client.set_registered_model_alias("iris", "champion", "1")
deliveries.append(take())
client.delete_registered_model_alias("iris", "champion")
deliveries.append(take())
client.set_registered_model_tag("iris", "silent", "yes")
prompt = mlflow.genai.register_prompt("greeting", "Hello {{ name }}!", commit_message="first", tags={"team": "blue"})
# The client's thread notes the experiment on the prompt.
deliveries.append([take() for _ in range(3)])
deliveries[-1].sort(key=lambda d: d["entity"] + d["action"])
mlflow.genai.set_prompt_tag("greeting", "a", "b")
deliveries.append(take())
mlflow.genai.delete_prompt_tag("greeting", "a")
deliveries.append(take())
mlflow.genai.set_prompt_version_tag("greeting", 1, "c", "d")
deliveries.append(take())
mlflow.genai.delete_prompt_version_tag("greeting", 1, "c")
deliveries.append(take())
mlflow.genai.set_prompt_alias("greeting", alias="live", version=1)
deliveries.append(take())
mlflow.genai.delete_prompt_alias("greeting", alias="live")
deliveries.append(take())
found["deliveries"] = deliveries

# changes
hook = client.update_webhook(hook.webhook_id, name="few", url=f"{url}/few", events=["registered_model.created"], description="less")
found["updated"] = shown(hook)
tested = client.test_webhook(hook.webhook_id)
example = take()
found["tested"] = [tested.success, tested.response_status, tested.response_body, tested.error_message,
                   {**example, "data": sorted(example["data"])}]
tested = client.test_webhook(hook.webhook_id, "model_version.created")
found["testedEvent"] = [tested.success, sorted(take()["data"])]
found["examples"] = []
for event in EVENTS:
    client.test_webhook(hook.webhook_id, event)
    found["examples"].append(sorted(take()["data"]))
hook = client.update_webhook(hook.webhook_id, status="DISABLED")
found["disabled"] = shown(hook)
plain = client.create_webhook("plain", f"{url}/plain", ["registered_model.created"])
found["listed"] = [w.name for w in client.list_webhooks()]
page = client.list_webhooks(max_results=1)
found["paged"] = [len(page), bool(page.token), [w.name for w in client.list_webhooks(max_results=1, page_token=page.token)]]
tested = client.test_webhook(plain.webhook_id)
found["unsigned"] = take()["signature"]
client.update_webhook(plain.webhook_id, url=f"{url}/refuses")
tested = client.test_webhook(plain.webhook_id)
take()
found["refusing"] = [tested.success, tested.response_status, tested.response_body, tested.error_message]
client.update_webhook(plain.webhook_id, url=f"{url}/flaky")
tested = client.test_webhook(plain.webhook_id)
found["retried"] = [tested.success, tested.response_status, [take()["status"], take()["status"]]]
client.update_webhook(plain.webhook_id, url="http://127.0.0.1:9/nobody")
tested = client.test_webhook(plain.webhook_id)
found["nobody"] = [tested.success, tested.response_status, bool(tested.error_message)]
client.delete_webhook(plain.webhook_id)
found["left"] = [w.name for w in client.list_webhooks()]

# what is refused
found["refused"] = [
    refused(lambda: client.get_webhook(plain.webhook_id))[0],
    refused(lambda: client.update_webhook("nothing", name="x")),
    refused(lambda: client.delete_webhook("nothing")),
    refused(lambda: client.create_webhook("bad name!", f"{url}/x", ["prompt.created"])),
    refused(lambda: client.create_webhook("bad", "ftp://127.0.0.1/x", ["prompt.created"])),
    refused(lambda: client.create_webhook("bad", "http:///x", ["prompt.created"])),
    refused(lambda: client.create_webhook("bad", " ", ["prompt.created"])),
    refused(lambda: client.create_webhook("bad", f"{url}/x", [])),
    refused(lambda: client.list_webhooks(max_results=1001)),
    refused(lambda: client.list_webhooks(page_token="junk"))[0],
]
found["extra"] = received.qsize()

print(json.dumps(found, default=list))
