"""A module's table of access rights, held against its models."""

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


def rights_on(records):
    """What the user of ``records`` may do by access rights: of r(ead), w(rite), c(reate),
    d(elete), in this order."""
    return "".join(letter for letter, op in OPERATIONS.items() if records.has_access(op))


class AccessTable:
    """For a test case of a module: mixed in before it.

    How to use: set the three attributes, and ``cls.users`` in ``setUpClass``: a user of each
    role, by role, that of ``"integration"`` among them.
    """

    module = None
    rights = {}  # model -> role -> letters of OPERATIONS; what is not named is refused
    closed = {}  # model -> methods that nobody calls from outside

    def test_each_role_may_do_what_the_table_says_and_nothing_else(self):
        for model, rights in self.rights.items():
            for role, user in self.users.items():
                may = rights_on(self.env[model].with_user(user))
                self.assertEqual(may, rights.get(role, ""), (model, role))

    def test_every_stored_model_of_the_module_stands_in_the_table(self):
        stored = {
            name
            for name, model in self.registry.items()
            if name.startswith("ops.")
            and not model._abstract
            and model._original_module == self.module
        }
        self.assertEqual(stored, set(self.rights))

    def test_the_integration_user_reads_nothing_of_the_module(self):
        user = self.users["integration"]
        for model in self.rights:
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(user).search([])

    def test_the_doors_of_the_engine_are_closed_to_remote_callers(self):
        for model, names in self.closed.items():
            for name in names:
                with self.assertRaises(AccessError, msg=(model, name)):
                    get_public_method(self.env[model], name)
