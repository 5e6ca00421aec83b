from odoo.exceptions import AccessError

from .common import ROLES, AuthorityCase

READERS = dict.fromkeys(("user", "approver", "manager", "admin", "auditor"), "r")
POLICY = READERS | {"admin": "rwcd"}
INTERNAL = dict.fromkeys(ROLES, "r")
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
    "ops.approval.bulk": dict.fromkeys(("approver", "manager"), "rwcd"),
    "ops.approval.bulk.line": dict.fromkeys(("approver", "manager"), "rwcd"),
    "ops.approval.trial": dict.fromkeys(READERS, "rwcd"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
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
    "ops.approval.assignment": ("_give", "_remind", "_emit_orphaned"),
    "ops.approval.decision": ("_append", "_drop_append_only"),
    "ops.approval.exemption": ("_granted", "_let_through"),
    "ops.approval.policy": ("_in_force", "_check_admin"),
    "ops.approval.policy.version": ("_route", "_plan", "_note_editor"),
}


class TestAccessRights(AuthorityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls.in_role(role) for role in (*ROLES, "integration")}

    def test_each_role_may_do_what_the_table_says_and_nothing_else(self):
        for model, rights in RIGHTS.items():
            for role, user in self.users.items():
                records = self.env[model].with_user(user)
                may = "".join(letter for letter, op in OPERATIONS.items() if records.has_access(op))
                self.assertEqual(may, rights.get(role, ""), (model, role))

    def test_every_stored_model_of_approvals_stands_in_the_table(self):
        stored = {
            name
            for name, model in self.registry.items()
            if name.startswith("ops.")
            and not model._abstract
            and model._original_module == "healthcare_ops_approvals"
        }
        self.assertEqual(stored, set(RIGHTS))

    def test_nobody_makes_what_the_engine_keeps(self):
        for name in KEPT:
            for who in (self.env[name].sudo(), self.env[name].with_user(self.users["admin"])):
                with self.assertRaises(AccessError, msg=name):
                    who.create({})

    def test_the_doors_of_the_engine_are_closed_to_remote_callers(self):
        from odoo.service.model import get_public_method

        for model, names in CLOSED.items():
            for name in names:
                with self.assertRaises(AccessError, msg=(model, name)):
                    get_public_method(self.env[model], name)

    def test_the_integration_user_reads_nothing_of_approvals(self):
        user = self.users["integration"]
        for model in RIGHTS:
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(user).search([])

    def test_a_dialog_is_of_who_opened_it(self):
        for name in RIGHTS:
            if self.registry[name]._transient:
                own = self.env["ir.rule"].search([("model_id.model", "=", name)])
                self.assertIn("create_uid", own.domain_force or "", name)
                self.assertFalse(own.groups, name)
