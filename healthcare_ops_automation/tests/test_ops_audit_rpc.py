import datetime
import json

from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from .common import ROLES
from .log_claims import claim_log
from .trail import TrailCase

MODELS = ("ops.audit.entry", "ops.audit.seal", "ops.audit.verification", "ops.audit.unsealed")
# What somebody would try: each with the arguments that the method takes.
ATTEMPTS = (
    ("write", {"vals": {"company_id": 9}}),
    ("unlink", {}),
    ("create", {"vals_list": [{"company_id": 9}]}),
    ("web_save", {"vals": {"company_id": 9}, "specification": {}}),
    ("copy", {}),
    ("load", {"fields": ["company_id"], "data": [["9"]]}),
    ("_purge", {"before": "2999-01-01 00:00:00"}),
    ("_drop_append_only", {}),
    ("_append_seals", {"entries": []}),
    ("init", {}),
)


@tagged("post_install", "-at_install")
class TestOpsAuditRpc(TrailCase, HttpCase):
    """Nobody edits, deletes or empties the trail over the HTTP API, whatever the role."""

    def _key(self, user):
        until = datetime.datetime.now() + datetime.timedelta(days=0.5)
        return self.env["res.users.apikeys"].with_user(user)._generate(None, "test", until)

    def _everything(self):
        self.env.flush_all()
        rows = {}
        for model in MODELS:
            table = SQL.identifier(self.env[model]._table)
            self.env.cr.execute(SQL("SELECT * FROM %s ORDER BY id", table))
            rows[model] = self.env.cr.dictfetchall()
        return rows

    def test_every_attempt_of_every_role_is_refused_and_changes_nothing(self):
        self._record(2)
        self._verify()
        self._record(1, seal=False)
        own = {"company_id": self.chain_id, "company_ids": [self.chain_id]}
        keys = {role: self._key(self._create_user(role, f"t_rpc_{role}", **own)) for role in ROLES}
        before = self._everything()
        ids = {model: [rows[-1]["id"]] for model, rows in before.items()}
        with claim_log("odoo.http", "WARNING", ""):
            for role, key in keys.items():
                for model in MODELS:
                    for method, arguments in ATTEMPTS:
                        alone = {} if method in ("create", "load") else {"ids": ids[model]}
                        status, answer = self._post(key, model, method, {**arguments, **alone})
                        refused = 400 <= status < 500 or '"ids": false' in answer  # as load says
                        self.assertTrue(refused, (role, model, method, status, answer))
        self.assertEqual(self._everything(), before)

    def _post(self, key, model, method, body):
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        self.env.invalidate_all()
        return response.status_code, response.text[:300]
