"""The ``ops.endpoint`` through which Odoo and n8n know each other."""

from dataclasses import dataclass

from dev import ui

from . import equip

NAME = "n8n"
INTEGRATION_GROUP = "healthcare_ops_automation.group_ops_integration"
EVENTS = "supply.item.below_critical"


@dataclass(frozen=True)
class Connection:
    """What n8n has to know of its endpoint; the secrets as Odoo writes them."""

    endpoint_id: int
    callback_path: str
    signing: str
    previous: str  # the signing secret itself while none is being replaced
    callback: str

    def secrets(self) -> dict[str, str]:
        """``whsec_…`` by the name of the credential in n8n."""
        return {
            equip.SIGNING: self.signing,
            equip.PREVIOUS: self.previous,
            equip.CALLBACK: self.callback,
        }


def connect(env, url: str) -> Connection:
    """Point the endpoint at n8n, making it the first time; its secrets stay as they are."""
    user = env.ref(INTEGRATION_GROUP).user_ids.filtered("active")[:1]
    if not user:
        raise ui.Failure("no user has the role Integration", "install the demo network (make run)")
    values = {
        "state": "active",
        "url": url + equip.WEBHOOK_PATH,
        "event_patterns": EVENTS,
        "allowed_networks": "127.0.0.0/8",
        "user_id": user.id,
        "description": "n8n beside this Odoo, started by `make n8n`.",
    }
    endpoints = env["ops.endpoint"].with_context(active_test=False)
    endpoint = endpoints.search([("name", "=", NAME)], limit=1)
    if endpoint:
        endpoint.write(values)
    else:
        endpoint = endpoints.create({"name": NAME, **values})
    return described(endpoint)


def described(endpoint) -> Connection:
    """What n8n has to know of an endpoint at present."""
    signing = endpoint._valid_secrets("secret_out")
    return Connection(
        endpoint_id=endpoint.id,
        callback_path=f"/healthcare_ops/v1/callbacks/{endpoint.token}",
        signing=signing[0],
        previous=signing[-1],
        callback=endpoint.secret_in,
    )


def disconnect(env) -> None:
    """Keep what is to be sent until n8n is started again."""
    env["ops.endpoint"].search([("name", "=", NAME), ("state", "=", "active")]).write(
        {"state": "paused"}
    )
