"""What must hold for every file in ``n8n/workflows``, checked without n8n.

A rule is a function that yields faults in words; it gets the workflow and, by id, all of them.
"""

import re
from collections.abc import Iterator

from . import node_types
from .equip import CREDENTIAL_IDS, called_by

VERIFY = "hcops-verify-event"
CLAIM = "hcops-claim-event"
WEBHOOK = "n8n-nodes-base.webhook"
CALL = "n8n-nodes-base.executeWorkflow"
ERROR_TRIGGER = "n8n-nodes-base.errorTrigger"
NOTE = "n8n-nodes-base.stickyNote"
STARTS = {WEBHOOK, ERROR_TRIGGER, "n8n-nodes-base.executeWorkflowTrigger"}
# What may come before an event is verified and claimed: it decides and answers, and does nothing.
PASSIVE = {
    f"n8n-nodes-base.{name}" for name in ("if", "switch", "respondToWebhook", "noOp", "stickyNote")
}

SECRETS = {
    "a webhook secret": re.compile(r"whsec_\w"),
    "a bearer or basic token": re.compile(r"\b(?:bearer|basic)\s+[\w+/.~-]{8,}", re.I),
    "a token in JSON Web Token form": re.compile(r"\beyJ[\w-]{10,}\.[\w-]+"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a long random text": re.compile(
        r"(?<![\w+/-])(?=[\w+/-]*\d)(?=[\w+/-]*[A-Z])(?=[\w+/-]*[a-z])[\w+/-]{32,}={0,2}"
    ),
    "a long hexadecimal text": re.compile(r"\b[0-9a-f]{32,}\b", re.I),
}
NAMES_A_SECRET = re.compile(r"^(?:authorization|x-api-key|api[_-]?key|password|token)$", re.I)
HOST = re.compile(r"\b(?:https?|wss?)://[\w\[]|\blocalhost\b|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.I)
ENVIRONMENT = re.compile(r"\$env\b|\bprocess\.env\b")


def faults(workflow: dict, workflows: dict[str, dict]) -> list[str]:
    """Everything wrong with a workflow; ``workflows`` holds all by id, this one included."""
    missing = [
        part
        for part in ("id", "name", "nodes", "connections", "settings")
        if not workflow.get(part)
    ]
    if missing:
        return [f"lacks {', '.join(missing)}"]
    return [fault for rule in RULES for fault in rule(workflow, workflows)]


def names_an_error_workflow(workflow, workflows) -> Iterator[str]:
    named = workflow["settings"].get("errorWorkflow")
    if _starts(workflow, ERROR_TRIGGER):
        if named:
            yield "is an error workflow and names one itself: its failures would go in a circle"
    elif named not in workflows:
        yield "names no error workflow of this repository"
    elif not _starts(workflows[named], ERROR_TRIGGER):
        yield f"names {named} as its error workflow, which has no Error Trigger"


def verifies_and_claims_first(workflow, _workflows) -> Iterator[str]:
    for webhook in _starts(workflow, WEBHOOK):
        title = f"webhook “{webhook['name']}”"
        if not webhook["parameters"].get("options", {}).get("rawBody"):
            yield f"{title}: without Raw Body no signature can be verified"
        first = _after(workflow, webhook["name"])
        if not first or any(_target(node) != VERIFY for node in first):
            yield f"{title}: does not call {VERIFY} first"
            continue
        for verify in first:
            yield from _verified_before_anything(workflow, verify["name"], title)


def _verified_before_anything(workflow, verify, title) -> Iterator[str]:
    branches = _after(workflow, verify)
    if not all(_decides_on(node, ".verified") for node in branches) or not branches:
        yield f"{title}: does not branch on “verified” right after {VERIFY}"
        return
    refused = _reached(
        workflow, [n["name"] for b in branches for n in _after(workflow, b["name"], 1)]
    )
    yield from (
        f"{title}: “{node['name']}” is reached when an event is refused"
        for node in refused
        if node["type"] not in PASSIVE
    )
    unclaimed = _reached(
        workflow, [node["name"] for node in branches], stop=lambda node: _target(node) == CLAIM
    )
    claims = [node for node in unclaimed if _target(node) == CLAIM]
    yield from (
        f"{title}: “{node['name']}” is reached before {CLAIM} was called"
        for node in unclaimed
        if node not in claims and node["type"] not in PASSIVE
    )
    if not claims:
        yield f"{title}: never calls {CLAIM}"
    for claim in claims:
        if not all(_decides_on(node, ".claim") for node in _after(workflow, claim["name"])):
            yield f"{title}: does not branch on “claim” right after {CLAIM}"


def holds_no_secret(workflow, _workflows) -> Iterator[str]:
    for place, text in _texts(workflow):
        for what, pattern in SECRETS.items():
            if pattern.search(text):
                yield f"{place}: looks like {what}"
    for node in workflow["nodes"]:
        for place, value in _named_values(node.get("parameters", {})):
            if NAMES_A_SECRET.match(place) and value and not str(value).startswith("="):
                yield f"“{node['name']}”: {place} is written out; use a credential"


def names_no_host(workflow, _workflows) -> Iterator[str]:
    for place, text in _texts(workflow):
        if HOST.search(text):
            yield f"{place}: an absolute address; take it from the data table of addresses"
        if ENVIRONMENT.search(text):
            yield f"{place}: reads n8n's environment, which holds the encryption key"


def names_credentials_only(workflow, _workflows) -> Iterator[str]:
    for node in workflow["nodes"]:
        for credential in node.get("credentials", {}).values():
            if set(credential) != {"name"}:
                yield f"“{node['name']}”: a credential is more than a name"
            elif credential["name"] not in CREDENTIAL_IDS:
                yield f"“{node['name']}”: nobody makes the credential “{credential['name']}”"


def is_as_it_runs(workflow, _workflows) -> Iterator[str]:
    if workflow.get("pinData"):
        yield "holds pinned data"
    if workflow.get("active"):
        yield "is active in the file; it is published after the import"
    for node in workflow["nodes"]:
        if node.get("disabled"):
            yield f"“{node['name']}” is disabled"


def calls_what_is_there(workflow, workflows) -> Iterator[str]:
    for called in sorted(called_by(workflow)):
        if called not in workflows:
            yield f"calls {called}, which is not in this repository"


def uses_known_nodes(workflow, _workflows) -> Iterator[str]:
    known = node_types.known()
    for node in workflow["nodes"]:
        if node.get("typeVersion") not in known.get(node["type"], []):
            version = f"{node['type']} {node.get('typeVersion')}"
            yield f"“{node['name']}”: the pinned n8n knows no {version}"


def is_connected(workflow, _workflows) -> Iterator[str]:
    names = [node["name"] for node in workflow["nodes"]]
    yield from (f"two nodes are called “{name}”" for name in set(names) if names.count(name) > 1)
    ends = set(workflow["connections"])
    for outputs in workflow["connections"].values():
        ends |= {link["node"] for output in outputs["main"] for link in output or ()}
    yield from (f"a connection ends at “{name}”, which is no node" for name in ends - set(names))
    if ends - set(names):
        return
    starts = [node["name"] for node in workflow["nodes"] if node["type"] in STARTS]
    reached = {node["name"] for node in _reached(workflow, starts)}
    for node in workflow["nodes"]:
        if node["name"] not in reached and node["type"] != NOTE:
            yield f"“{node['name']}” is never reached"


RULES = (
    is_connected,
    names_an_error_workflow,
    verifies_and_claims_first,
    holds_no_secret,
    names_no_host,
    names_credentials_only,
    is_as_it_runs,
    calls_what_is_there,
    uses_known_nodes,
)


def _starts(workflow, kind) -> list[dict]:
    return [node for node in workflow["nodes"] if node["type"] == kind]


def _target(node) -> str | None:
    """Id of the workflow a node calls."""
    return node["parameters"]["workflowId"]["value"] if node["type"] == CALL else None


def _decides_on(node, field) -> bool:
    conditions = node["parameters"].get("conditions", {}).get("conditions", [])
    return node["type"].endswith(".if") and any(
        str(one["leftValue"]).rstrip("} ").endswith(field) for one in conditions
    )


def _after(workflow, name, output=None) -> list[dict]:
    """The nodes after a node, of one output or of all."""
    outputs = workflow["connections"].get(name, {}).get("main", [])
    chosen = outputs if output is None else outputs[output : output + 1]
    names = {link["node"] for links in chosen for link in links or ()}
    return [node for node in workflow["nodes"] if node["name"] in names]


def _reached(workflow, names, stop=lambda node: False) -> list[dict]:
    """The nodes reached from these, themselves included, not going on after those to stop at."""
    by_name = {node["name"]: node for node in workflow["nodes"]}
    seen: dict[str, dict] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_name:
            continue
        seen[name] = by_name[name]
        if not stop(by_name[name]):
            waiting += [node["name"] for node in _after(workflow, name)]
    return list(seen.values())


def _texts(workflow) -> Iterator[tuple[str, str]]:
    """Every text a workflow holds, with its place; the ids of its nodes are random and left out."""
    for node in workflow["nodes"]:
        content = {key: value for key, value in node.items() if key not in ("id", "webhookId")}
        yield from ((f"“{node['name']}”", text) for text in _strings(content))
    rest = {key: value for key, value in workflow.items() if key not in ("nodes", "versionId")}
    yield from (("the workflow", text) for text in _strings(rest))


def _strings(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _named_values(value) -> Iterator[tuple[str, object]]:
    """Names and values of parameters, and of lists of ``{"name", "value"}``."""
    if isinstance(value, dict):
        if set(value) >= {"name", "value"}:
            yield str(value["name"]), value["value"]
        for key, inner in value.items():
            if not isinstance(inner, (dict, list)):
                yield key, inner
            yield from _named_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_values(inner)
