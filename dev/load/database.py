"""An Odoo database worked on from this process: real transactions beside a server's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

from dev import odoo_cli

BELOW_CRITICAL = "supply.item.below_critical"
RECOVERED = "supply.item.recovered"
LANES = ("critical", "standard", "bulk")
# Parameters of the suite that would limit what is measured; unknown ones are harmless.
UNLIMITED = {"healthcare_ops_automation.event_rate_limit": "0"}


class Database:
    """A database with the suite, by name."""

    def __init__(self, name: str):
        self.name = name
        arguments = ["-c", str(odoo_cli.CONFIG), "-d", name, "--no-http", "--log-level=warn"]
        # Conflicts with a dispatcher are tried again; what fails for good raises.
        arguments += ["--log-handler=odoo.sql_db:CRITICAL"]
        config.parse_config(arguments, setup_logging=True)
        # In a test's process Odoo would otherwise run its own tests while it loads the registry.
        config["test_enable"] = False
        self.registry = Registry(name)

    @contextmanager
    def transaction(self) -> Iterator[api.Environment]:
        """An environment of the system; committed at the end of the block."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def run(self, work: Callable):
        """Commit ``work(env)`` as a request would: again after a conflict, and with the other
        processes told of what they have cached."""
        self.registry.check_signaling()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return retrying(lambda: work(env), env)


def prepare(env, parameters: dict[str, str] | None = None) -> None:
    """Leave no endpoint but those made afterwards, and no limit in the way."""
    env["ops.endpoint"].search([("state", "!=", "disabled")]).write({"state": "disabled"})
    for key, value in {**UNLIMITED, **(parameters or {})}.items():
        env["ir.config_parameter"].set_param(key, value)


def endpoint(env, receiver, **values):
    """An endpoint for a receiver, limited by nothing but the dispatcher's threads unless
    ``values`` say otherwise."""
    return env["ops.endpoint"].create(
        {
            "name": "Load",
            "url": receiver.url,
            "secret_out": receiver.secret,
            "allowed_networks": "127.0.0.0/8",
            "concurrency_limit": 100,
            "rate_limit": 0,
            **values,
        }
    )


def level_data(item, number: float = 18.0) -> dict:
    """What ``supply.item.below_critical`` carries, with ``number`` as the stock on hand."""
    return {
        "item": {
            "code": f"LOAD-{item.id}",
            "name": "Nitrile gloves, size M",
            "barcode": "2000000000015",
            "ved_class": "vital",
            "uom": "Box",
        },
        "site": {"code": "HARBOUR", "name": "Harbour Clinic"},
        "on_hand": number,
        "critical_level": 20.0,
        "par_level": 80.0,
        "suggested_quantity": 62.0,
        "preferred_vendors": [{"ref": "V-1001", "name": "Example Medical Supplies"}],
    }


def wake(env, *lanes: str) -> None:
    """Trigger the scheduled actions of lanes, as a commit with new deliveries does."""
    for xmlid in (env["ops.event"]._lane_crons()[lane] for lane in lanes):
        env.ref(xmlid)._trigger()
