from odoo.exceptions import AccessError

from odoo.addons.healthcare_ops_automation.tests.access_table import AccessTable

from .common import ROLES, AuthorityCase

READERS = dict.fromkeys(("user", "approver", "manager", "admin", "auditor"), "r")
POLICY = READERS | {"admin": "rwcd"}
INTERNAL = dict.fromkeys(ROLES, "r")
# Which requests somebody works on, record rules say: own drafts.
ASKING = dict.fromkeys(ROLES, "rwcd") | {"auditor": "r"}
# Model -> role -> what it may do: r(ead), w(rite), c(reate), d(elete). Nothing else.
RIGHTS = {
    "ops.approval.policy": POLICY,
    "ops.approval.policy.version": POLICY,
    "ops.approval.row": POLICY,
    "ops.approval.stage": POLICY,
    "ops.approval.request": INTERNAL,
    "ops.approval.request.stage": INTERNAL,
    "ops.approval.assignment": INTERNAL,
    "ops.approval.decision": dict.fromkeys(("manager", "admin", "auditor"), "r"),
    "ops.approval.bottleneck": dict.fromkeys(("manager", "admin", "auditor"), "r"),
    "ops.approval.reason": INTERNAL | {"admin": "rwcd"},
    "ops.approval.exemption": dict.fromkeys(("admin", "auditor"), "r"),
    "ops.approval.delegation": dict.fromkeys(("approver", "manager"), "rwc")
    | dict.fromkeys(("admin", "auditor"), "r"),
    "ops.approval.bulk": dict.fromkeys(("approver", "manager"), "rwcd"),
    "ops.approval.bulk.line": dict.fromkeys(("approver", "manager"), "rwcd"),
    "ops.approval.handover": dict.fromkeys(("manager", "admin"), "rwcd"),
    "ops.approval.handover.part": dict.fromkeys(("manager", "admin"), "rwcd"),
    "ops.approval.handover.named": dict.fromkeys(("manager", "admin"), "rwcd"),
    "ops.approval.handover.line": dict.fromkeys(("manager", "admin"), "rwcd"),
    "ops.approval.trial": dict.fromkeys(READERS, "rwcd"),
    "ops.request": ASKING,
    "ops.request.document": ASKING,
    "ops.request.category": INTERNAL | {"admin": "rwcd"},
    "ops.request.category.question": INTERNAL | {"admin": "rwcd"},
    "ops.request.category.document": INTERNAL | {"admin": "rwcd"},
}
# What the engine alone creates and changes, besides what access rights say.
KEPT = (
    "ops.approval.request",
    "ops.approval.request.stage",
    "ops.approval.assignment",
    "ops.approval.decision",
)
# Doors of the engine.
CLOSED = {
    "ops.approval.request": (
        "_keep",
        "_keep_new",
        "_decide",
        "_approve",
        "_end",
        "_close",
        "_carry_out",
        "_open_asked",
        "_open_free",
        "_next_names",
    ),
    "ops.approval.request.stage": ("_replace_seat", "_add_seat", "_add_first", "_new_seats"),
    "ops.approval.assignment": (
        "_give",
        "_ask_no_more",
        "_forget",
        "_tell",
        "_remind",
        "_emit_orphaned",
    ),
    "ops.approval.decision": ("_append", "_drop_append_only"),
    "ops.approval.exemption": ("_granted", "_let_through"),
    "ops.approval.delegation": ("_mark", "_end", "_begin", "_over", "_in_force"),
    "ops.approval.handover": ("_hand_over",),
    "res.users": ("_ops_handover_given", "_ops_handover_found"),
    "ops.approval.policy": ("_in_force", "_check_admin"),
    "ops.approval.policy.version": ("_route", "_plan", "_note_editor"),
}


class TestAccessRights(AccessTable, AuthorityCase):
    module = "healthcare_ops_approvals"
    rights = RIGHTS
    closed = CLOSED

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls.in_role(role) for role in (*ROLES, "integration")}

    def test_nobody_makes_what_the_engine_keeps(self):
        for name in KEPT:
            for who in (self.env[name].sudo(), self.env[name].with_user(self.users["admin"])):
                with self.assertRaises(AccessError, msg=name):
                    who.create({})

    def test_a_dialog_is_of_who_opened_it(self):
        for name in RIGHTS:
            if self.registry[name]._transient:
                own = self.env["ir.rule"].search([("model_id.model", "=", name)])
                self.assertIn("create_uid", own.domain_force or "", name)
                self.assertFalse(own.groups, name)
