"""A story of prompts that MLflow's own client tells a tracking server (its URI is the first argument); prints what came of it.

Used by src/tracking/server/mlflow-client.test.ts. What came of it with MLflow's own server (3.17.2, --workers 1, SQLite) is
in prompts-client.json. Names and numbers that differ from run to run are left out.
"""

import json
import sys
import threading

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pydantic import BaseModel

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
genai = mlflow.genai
found = {}


class Answer(BaseModel):
    text: str


def settled():
    """Waits for the client's own threads, which note experiments on prompts."""
    for thread in threading.enumerate():
        if thread.name.startswith("link_prompt"):
            thread.join()


def refused(call):
    try:
        call()
        return "allowed"
    except MlflowException as error:
        return [error.error_code, error.message.split(" Error: ")[0]]


def seen(prompt):
    return [prompt.name, prompt.version, prompt.template, prompt.commit_message, prompt.tags, sorted(prompt.aliases), prompt.uri]


mlflow.set_experiment("talk")
first = genai.register_prompt("greeting", "Hello {{ name }}!", commit_message="first", tags={"team": "blue"})
settled()
found["registered"] = [seen(first), first.format(name="Ada")]
found["second"] = seen(genai.register_prompt("greeting", "Hi {{ name }}.", commit_message="shorter"))
settled()
chat = genai.register_prompt(
    "assistant", [{"role": "system", "content": "Be {{ style }}."}, {"role": "user", "content": "{{ question }}"}],
    response_format=Answer, model_config={"model_name": "small", "temperature": 0.5})
settled()
found["chat"] = [chat.template, chat.format(style="brief", question="Why?"), chat.response_format, chat.model_config]
found["loaded"] = seen(genai.load_prompt("prompts:/greeting/1"))
found["byName"] = seen(genai.load_prompt("greeting"))
settled()
genai.set_prompt_alias("greeting", alias="production", version=1)
found["byAlias"] = seen(genai.load_prompt("prompts:/greeting@production"))
genai.set_prompt_alias("greeting", alias="production", version=2)
found["moved"] = genai.load_prompt("prompts:/greeting@production").version
settled()
genai.set_prompt_tag("greeting", "language", "en")
genai.set_prompt_version_tag("greeting", 1, "checked", "yes")
found["tags"] = [client.get_prompt("greeting").tags, genai.load_prompt("greeting", version=1).tags]
settled()
genai.delete_prompt_tag("greeting", "language")
genai.delete_prompt_version_tag("greeting", 1, "checked")
found["untagged"] = [client.get_prompt("greeting").tags, client.get_prompt_version("greeting", 1).tags]
found["all"] = sorted(p.name for p in genai.search_prompts())
found["found"] = [[p.name for p in genai.search_prompts(filter_string=text)]
                  for text in ["name LIKE 'gree%'", "tags.team = 'blue'", 'experiment_id = "1"', "name = 'none'"]]
found["versions"] = [v.version for v in client.search_prompt_versions("greeting")]
found["paged"] = [len(client.search_prompts(max_results=1)), bool(client.search_prompts(max_results=1).token)]

# prompts and models do not meet
client.create_registered_model("iris")
found["models"] = [[m.name for m in client.search_registered_models()], len(client.search_model_versions())]
found["taken"] = [
    refused(lambda: client.create_registered_model("greeting")),
    refused(lambda: genai.register_prompt("iris", "no")),
    refused(lambda: client._get_registry_client().create_prompt("greeting")),
]
found["missing"] = [
    refused(lambda: genai.load_prompt("prompts:/none/1")),
    refused(lambda: genai.load_prompt("prompts:/greeting/9")),
    refused(lambda: genai.load_prompt("prompts:/greeting@none")),
    str(genai.load_prompt("prompts:/none/1", allow_missing=True)),
    refused(lambda: genai.set_prompt_alias("greeting", alias="x", version=9)),
]
found["badSource"] = refused(lambda: client.create_model_version("greeting", "/etc", tags={"mlflow.prompt.is_prompt": "true"}))

# prompts of runs
with mlflow.start_run() as run:
    genai.load_prompt("prompts:/greeting/2", cache_ttl_seconds=0)
    settled()
client.link_prompt_version_to_run(run.info.run_id, "prompts:/assistant/1")
settled()
found["linked"] = sorted(json.loads(client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"]), key=str)
client.set_prompt_version_tag("greeting", "1", "mlflow.prompt.associatedRunIds", run.info.run_id)
found["logged"] = [p.name for p in client.list_logged_prompts(run.info.run_id)]
client.detach_prompt_from_run(run.info.run_id, "prompts:/greeting/1")
found["detached"] = [p.name for p in client.list_logged_prompts(run.info.run_id)]
settled()

# deletion
genai.delete_prompt_alias("greeting", alias="production")
found["noAlias"] = refused(lambda: genai.load_prompt("prompts:/greeting@production", cache_ttl_seconds=0))
client.delete_prompt_version("greeting", "1")
found["left"] = [v.version for v in client.search_prompt_versions("greeting")]
client.delete_prompt("assistant")
found["leftPrompts"] = [p.name for p in genai.search_prompts()]

print(json.dumps(found, default=list))
