"""Every workflow file of the repository keeps the rules; each rule finds its bad example."""

import copy
import json

import pytest

from dev.n8n import equip, install, node_types, workflow_lint

SUPPLY = "hcops-supply-availability"
WORKFLOWS = {workflow["id"]: workflow for workflow in equip.workflows()}


@pytest.mark.parametrize("workflow_id", sorted(WORKFLOWS))
def test_a_workflow_keeps_every_rule(workflow_id):
    assert workflow_lint.faults(WORKFLOWS[workflow_id], WORKFLOWS) == []


def test_there_is_a_workflow_of_each_kind_and_every_credential_is_used():
    assert {SUPPLY, workflow_lint.VERIFY, workflow_lint.CLAIM} <= set(WORKFLOWS)
    files = {file.stem for file in equip.WORKFLOWS.glob("*.json")}
    assert {f"hcops-{name}" for name in files} == set(WORKFLOWS)
    used = {
        credential["name"]
        for workflow in WORKFLOWS.values()
        for node in workflow["nodes"]
        for credential in node.get("credentials", {}).values()
    }
    assert used == set(equip.CREDENTIAL_IDS)


def test_the_known_nodes_are_those_of_the_version_that_is_installed():
    content = json.loads(node_types.FILE.read_text(encoding="utf-8"))
    assert content["n8n"] == install.version()
    assert len(content["types"]) > 100


def test_the_example_of_production_runs_the_same_version():
    compose = (equip.paths.ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert f"n8nio/n8n:{install.version()}\n" in compose


# Bad examples


def node(workflow, name):
    return next(one for one in workflow["nodes"] if one["name"] == name)


def bend(workflow, name, target, output=0):
    """Lead an output of a node somewhere else."""
    links = workflow["connections"][name]["main"]
    links[output] = [{"node": target, "type": "main", "index": 0}]


def header(workflow, name, value):
    parameters = node(workflow, "Ask preferred vendors")["parameters"]
    parameters["headerParameters"] = {"parameters": [{"name": name, "value": value}]}


def parameter(name, key, value):
    return lambda workflow: node(workflow, name)["parameters"].update({key: value})


BAD = {
    "lacks settings": lambda w: w.pop("settings"),
    "names no error workflow": lambda w: w["settings"].pop("errorWorkflow"),
    "which has no Error Trigger": lambda w: w["settings"].update(errorWorkflow=SUPPLY),
    "without Raw Body": lambda w: node(w, "Event from Odoo")["parameters"].pop("options"),
    "does not call hcops-verify-event first": lambda w: bend(w, "Event from Odoo", "Claim"),
    "does not branch on “verified”": lambda w: bend(w, "Verify", "Is it for us?"),
    "“Ask preferred vendors” is reached when an event is refused": lambda w: bend(
        w, "Is it verified?", "Ask preferred vendors", 1
    ),
    "“Where suppliers are” is reached before hcops-claim-event": lambda w: bend(
        w, "Is it for us?", "Where suppliers are"
    ),
    "never calls hcops-claim-event": lambda w: bend(w, "Is it for us?", "Nothing to do"),
    "does not branch on “claim”": lambda w: bend(w, "Claim", "Accepted"),
    "looks like a webhook secret": parameter("Read the answers", "jsCode", "whsec_AAAA"),
    "looks like a bearer": lambda w: header(w, "x", "Bearer abcdefghijkl"),
    "looks like a token in JSON": parameter("Read the answers", "jsCode", "eyJhbGciOiJIUzI1.x.y"),
    "looks like a private key": parameter(
        "Read the answers", "jsCode", "-----BEGIN RSA PRIVATE KEY-----"
    ),
    "looks like a long random": parameter(
        "Read the answers", "jsCode", "'q8Jd72kSla0sPQmxnEr5bTzUv4wY1cGh'"
    ),
    "looks like a long hexadecimal": parameter("Read the answers", "jsCode", "'" + "0f" * 20 + "'"),
    "Authorization is written out": lambda w: header(w, "Authorization", "open sesame"),
    "an absolute address": parameter("Ask preferred vendors", "url", "https://s.example.com/a"),
    "absolute address; take it": parameter("Ask preferred vendors", "url", "=http://10.0.0.1/a"),
    "reads n8n's environment": parameter("Ask preferred vendors", "url", "={{ $env.SUPPLIERS }}"),
    "a credential is more than a name": lambda w: node(w, "Verify").update(
        credentials={"crypto": {"id": "1", "name": equip.SIGNING}}
    ),
    "nobody makes the credential": lambda w: node(w, "Verify").update(
        credentials={"crypto": {"name": "Mine"}}
    ),
    "holds pinned data": lambda w: w.update(pinData={"Verify": [{"json": {}}]}),
    "is active in the file": lambda w: w.update(active=True),
    "“Claim” is disabled": lambda w: node(w, "Claim").update(disabled=True),
    "calls hcops-nowhere": lambda w: node(w, "Answer Odoo")["parameters"]["workflowId"].update(
        value="hcops-nowhere"
    ),
    "knows no n8n-nodes-base.if 99": lambda w: node(w, "Is it new?").update(typeVersion=99),
    "knows no n8n-nodes-base.wish 1": lambda w: node(w, "Is it new?").update(
        type="n8n-nodes-base.wish", typeVersion=1
    ),
    "which is no node": lambda w: bend(w, "Verify", "Nowhere"),
    "two nodes are called": lambda w: w["nodes"].append(node(w, "Verify")),
    "“Answer again” is never reached": lambda w: w["connections"].pop("Known already"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_rule_finds_what_is_wrong(fault):
    workflow = copy.deepcopy(WORKFLOWS[SUPPLY])
    BAD[fault](workflow)
    found = workflow_lint.faults(workflow, {**WORKFLOWS, SUPPLY: workflow})
    assert any(fault in text for text in found), found


def test_an_error_workflow_that_names_one_goes_in_a_circle():
    workflow = copy.deepcopy(WORKFLOWS["hcops-report-failure"])
    workflow["settings"]["errorWorkflow"] = workflow["id"]
    [found] = workflow_lint.faults(workflow, WORKFLOWS)
    assert "circle" in found
