"""Installing and uninstalling the demo network."""

from .builders import build
from .builders.tables import MODULE


def post_init_hook(env):
    """Build the network; runs on installation only, so an upgrade repeats nothing."""
    build(env)


def uninstall_hook(env):
    """Leave the network as ordinary records, and close its doors.

    Orders, moves and posted bills cannot be deleted, and what they stand on must stay with
    them. So the records keep, without external ids that would have Odoo try to delete
    them one by one; the logins, whose passwords everybody knows, are archived.
    """
    data = env["ir.model.data"].search(
        [("module", "=", MODULE), ("model", "not like", "ir.%"), ("model", "!=", False)]
    )
    # Teams go with their people: a team has a responsible person who is there. A held review
    # is a record of its own and stays.
    for model in ("ops.exception.assignment", "ops.exception.team", "res.users"):
        own = data.filtered(lambda each, model=model: each.model == model)
        env[model].browse(own.mapped("res_id")).exists().active = False
    data.unlink()
