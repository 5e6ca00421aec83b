"""Give an n8n the suite's workflows, their credentials and their data tables.

The workflow files name credentials and hold no id of any: ids belong to one installation, and are
put in here on the way to ``n8n import:workflow``. What is a secret passes through files that only
their owner can read, and that are gone a moment later.
"""

import base64
import binascii
import json
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev import paths, stamps, ui

from .instance import Client, Instance

WORKFLOWS = paths.ROOT / "n8n" / "workflows"
WEBHOOK_PATH = "/webhook/healthcare-ops/supply-availability"

SIGNING = "Healthcare operations: signing secret"
PREVIOUS = "Healthcare operations: previous signing secret"
CALLBACK = "Healthcare operations: callback secret"
CREDENTIAL_IDS = {SIGNING: "hcopsSigning", PREVIOUS: "hcopsPrevious", CALLBACK: "hcopsCallback"}

ADDRESSES = "healthcare_ops_addresses"
SERVED_SECONDS = 60
EVENTS = "healthcare_ops_events"
TABLES = {
    ADDRESSES: ("name", "address"),
    EVENTS: (
        *("webhook_id", "workflow", "state", "since", "execution", "address"),
        *("answer", "attempts"),
    ),
}


def key_of(secret: str) -> str:
    """The key of a ``whsec_…`` secret as the text that a Crypto credential holds.

    :raises Failure: when the key is no text: a Crypto credential cannot hold such a one
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        key = ""
    if not key.isprintable() or not key:
        raise ui.Failure(
            "a secret of the endpoint has a key that n8n's credentials cannot hold",
            "replace it at the endpoint in Odoo: the secrets Odoo makes have keys of text",
        )
    return key


def workflows() -> Iterator[dict]:
    """The workflows of the repository."""
    for file in sorted(WORKFLOWS.glob("*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def fingerprint() -> str:
    """Changes with the workflow files: then they are imported again."""
    return stamps.fingerprint(WORKFLOWS)


@contextmanager
def private_folder(instance: Instance) -> Iterator[Path]:
    """A folder that only its owner can enter, for the length of a ``with`` block."""
    instance.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(dir=instance.folder))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def import_credentials(instance: Instance, secrets: dict[str, str]) -> None:
    """Create or replace credentials; a running n8n uses them from the next execution on.

    :param secrets: ``whsec_…`` by the credential's name
    """
    content = [
        {"id": CREDENTIAL_IDS[name], "name": name, "type": "crypto", "data": {"hmacSecret": key}}
        for name, key in ((name, key_of(secret)) for name, secret in secrets.items())
    ]
    with private_folder(instance) as folder:
        file = folder / "credentials.json"
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as handle:
            json.dump(content, handle)
        instance.command("import:credentials", f"--input={file}")


def import_workflows(instance: Instance) -> None:
    """Import every workflow file as it is, but for the ids of the credentials it names."""
    with private_folder(instance) as folder:
        for workflow in workflows():
            for node in workflow["nodes"]:
                for credential in node.get("credentials", {}).values():
                    credential["id"] = CREDENTIAL_IDS[credential["name"]]
            (folder / f"{workflow['id']}.json").write_text(json.dumps(workflow))
        instance.command("import:workflow", "--separate", f"--input={folder}")


def publish(client: Client) -> None:
    """Publish each workflow's present version."""
    for workflow_id in _called_first():
        found = client.call("GET", f"/rest/workflows/{workflow_id}")
        if found.get("activeVersionId") != found["versionId"]:
            version = {"versionId": found["versionId"], "name": "", "description": ""}
            client.call("POST", f"/rest/workflows/{workflow_id}/activate", version)


def wait_for_webhook(instance: Instance) -> None:
    """Published is not yet served: n8n registers webhooks in the background."""
    request = urllib.request.Request(instance.url + WEBHOOK_PATH, b"{}", method="POST")
    end = time.monotonic() + SERVED_SECONDS
    while True:
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            # Unsigned, so it is refused by the workflow, and unknown as long as nobody serves it.
            if error.code != 404:
                return
        if time.monotonic() > end:
            raise ui.Failure("n8n does not serve the webhook", f"see {instance.log}")
        time.sleep(0.5)


def _called_first() -> list[str]:
    """Ids of the workflows: n8n publishes no workflow that calls an unpublished one."""
    calls = {workflow["id"]: called_by(workflow) for workflow in workflows()}
    ordered: list[str] = []
    while len(ordered) < len(calls):
        ready = [one for one in calls if one not in ordered and calls[one] <= set(ordered)]
        if not ready:
            raise ui.Failure("workflows call each other in a circle", "mend n8n/workflows")
        ordered += ready
    return ordered


def called_by(workflow: dict) -> set[str]:
    """Ids of the sub-workflows a workflow calls."""
    return {
        node["parameters"]["workflowId"]["value"]
        for node in workflow["nodes"]
        if node["type"] == "n8n-nodes-base.executeWorkflow"
    }


def make_tables(client: Client, addresses: dict[str, str]) -> None:
    """Have both data tables, and these addresses in theirs."""
    base = _tables_path(client)
    known = {table["name"]: table["id"] for table in client.call("GET", base)["data"]}
    for name, columns in TABLES.items():
        if name not in known:
            content = {"name": name, "columns": [{"name": c, "type": "string"} for c in columns]}
            known[name] = client.call("POST", base, content)["id"]
    for name, address in addresses.items():
        condition = {"columnName": "name", "condition": "eq", "value": name}
        client.call(
            "POST",
            f"{base}/{known[ADDRESSES]}/upsert",
            {
                "filter": {"type": "and", "filters": [condition]},
                "data": {"name": name, "address": address},
            },
        )


def rows(client: Client, table: str) -> list[dict]:
    """The rows of a data table, oldest first."""
    base = _tables_path(client)
    known = {found["name"]: found["id"] for found in client.call("GET", base)["data"]}
    return client.call("GET", f"{base}/{known[table]}/rows?take=1000")["data"]


def _tables_path(client: Client) -> str:
    project = client.call("GET", "/rest/projects/personal")["id"]
    return f"/rest/projects/{project}/data-tables"
