"""The Odoo side of the story: transactions in this process, beside the running server's."""

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

from .timeline import StoryFailed


class Database:
    """A database of the running server, used from this process.

    :param str odoo_config: path of the server's configuration file, which knows where the
        addons and the data are; how to reach PostgreSQL may come from ``PG*`` variables
    """

    def __init__(self, name, odoo_config):
        config.parse_config(
            ["-c", odoo_config, "-d", name, "--no-http", "--log-level=warn"], setup_logging=True
        )
        self._registry = Registry(name)
        if "ops.supply.item" not in self._registry:
            raise StoryFailed(f"healthcare_ops_supply is not installed in database {name}")

    def run(self, work, login=None):
        """Commit ``work(env)`` as one transaction and return its result.

        A concurrent change makes it start again, as a request to the server would.

        :param str login: whose rights apply; the system's without it
        :raises StoryFailed: also when Odoo refuses the work
        """
        self._registry.check_signaling()
        with self._registry.cursor() as cr:
            env = self._environment(cr, login)
            try:
                return retrying(lambda: work(env), env)
            except UserError as error:
                raise StoryFailed(f"Odoo refused: {error}") from error

    def look(self, read):
        """Return ``read(env)`` as the system sees it now, in a transaction of its own."""
        with self._registry.cursor() as cr:
            result = read(self._environment(cr, None))
            cr.rollback()
            return result

    @staticmethod
    def _environment(cr, login):
        env = api.Environment(cr, SUPERUSER_ID, {})
        if login is None:
            return env
        user = env["res.users"].search([("login", "=", login)])
        if not user:
            raise StoryFailed(f"there is no user with the login {login}: install the demo network")
        return api.Environment(cr, user.id, {"allowed_company_ids": user.company_ids.ids})
