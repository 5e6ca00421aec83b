"""Purchase orders under a policy, over Odoo's HTTP API: each call by an ordinary user's key."""

import datetime
import json
from contextlib import nullcontext

from odoo.tests import HttpCase
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .approvals import ApprovalCase

# What a refused call must leave as it was: every row of these, to the last column.
WATCHED = (
    "purchase_order",
    "purchase_order_line",
    "stock_picking",
    "ops_approval_policy",
    "ops_approval_policy_version",
    "ops_approval_row",
    "ops_approval_stage",
    "ops_approval_request",
    "ops_approval_request_stage",
    "ops_approval_assignment",
    "ops_approval_decision",
    "ops_approval_exemption",
)


class ApprovalRpcCase(ApprovalCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.keys = {}

    def key(self, user):
        """An API key of the user, as the user makes one in the preferences."""
        if user.id not in self.keys:
            tomorrow = datetime.datetime.now() + datetime.timedelta(days=0.5)
            keys = self.env["res.users.apikeys"].with_user(user)
            self.keys[user.id] = keys._generate(None, "test", tomorrow)
        return self.keys[user.id]

    def post(self, user, model, method, ids=None, context=None, **arguments):
        """``POST /json/2/<model>/<method>`` as the user.

        :return: the status, and what the answer says
        """
        self.settle()
        body = {**arguments, **({} if ids is None else {"ids": ids})}
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps({**body, "context": context} if context else body, default=str),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.key(user)}",
            },
        )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def call(self, user, model, method, ids=None, **arguments):
        """What the call answers; fails when it is refused."""
        status, answer = self.post(user, model, method, ids, **arguments)
        self.assertEqual(status, 200, answer)
        return answer

    def refused(self, user, model, method, ids=None, saying=".", logged=True, **arguments):
        """The call is the caller's mistake, says why, and changes nothing.

        :param str saying: a pattern that the message must match
        :param bool logged: whether Odoo logs such a mistake; not where nothing was called
        """
        self.settle()
        before = self.everything()
        with claim_log("odoo.http", "WARNING", "", 1) if logged else nullcontext():
            status, answer = self.post(user, model, method, ids, **arguments)
            what = f"{model}.{method} by {user.login}: {status} {answer}"[:1500]
            self.assertIsInstance(answer, dict, what)
            self.assertTrue(400 <= status < 500, what)
            self.assertTrue(answer["message"].strip(), what)
            self.assertRegex(answer["message"], saying, what)
        self.assertEqual(self.everything(), before, f"changed nevertheless by {what}")
        return answer["message"]

    def everything(self):
        """All rows of what is watched."""
        self.env.flush_all()
        rows = {}
        for table in WATCHED:
            self.env.cr.execute(SQL("SELECT * FROM %s ORDER BY id", SQL.identifier(table)))
            rows[table] = self.env.cr.dictfetchall()
        return rows

    # -- people at work ---------------------------------------------------------------------

    def approve_by_rpc(self, user, order, **arguments):
        request = self.request_of(order)
        arguments.setdefault("version", request.version)
        return self.call(user, request._name, "action_approve", request.ids, **arguments)

    def refused_decision(self, user, order, saying, method="action_approve", **arguments):
        request = self.request_of(order)
        arguments.setdefault("version", request.version)
        return self.refused(user, request._name, method, request.ids, saying=saying, **arguments)
