from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..core.sender import Outgoing, send
from ..models.delivery.ops_endpoint_header import MASK
from .common import OpsCase
from .log_claims import claim_log
from .receiver import receiver

SECRET = "Bearer t0p-secret-value"


@tagged("post_install", "-at_install")
class TestOpsEndpointHeader(OpsCase):
    def setUp(self):
        super().setUp()
        self.admin = self._create_user("admin")
        endpoint = self._create_endpoint(
            company_id=self.company.id,
            header_ids=[Command.create({"name": "Authorization", "value": SECRET})],
        )
        self.endpoint = endpoint.with_user(self.admin)
        self.header = self.endpoint.header_ids
        self.env.flush_all()
        self.env.invalidate_all()

    def _stored(self):
        """What the database holds, read past the ORM."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT secret_value FROM ops_endpoint_header WHERE id = %s", [self.header.id]
        )
        return self.env.cr.fetchone()[0]

    def test_receiver_gets_the_header_beside_the_signature(self):
        with receiver() as server:
            self.endpoint.url = server.url
            send(Outgoing(1, 1, "{}", "evt_1", self.endpoint._targets()[self.endpoint.id]))
        [(_path, headers, _body)] = server.received
        self.assertEqual(headers["authorization"], SECRET)
        self.assertIn("webhook-signature", headers)

    def test_value_is_a_mask_as_soon_as_it_is_written(self):
        self.assertEqual(self.header.value, MASK)
        header = self.header.create(
            {"endpoint_id": self.endpoint.id, "name": "X-Key", "value": "abc"}
        )
        self.assertEqual(header.value, MASK)
        header.value = "def"
        self.assertEqual(header.value, MASK)
        self.assertEqual(header.sudo().secret_value, "def")

    def test_value_cannot_be_had_back_by_any_way_of_reading(self):
        self.admin.group_ids += self.env.ref("base.group_allow_export")
        header, endpoint = self.header, self.endpoint
        self.assertNotIn("secret_value", header.fields_get())
        # The mask first: computing it puts the secret into the cache.
        specification = {"header_ids": {"fields": {"value": {}, "secret_value": {}}}}
        renamed = {"header_ids": [(1, header.id, {"name": "X-Renamed"})]}
        for read in (
            lambda: header.read(["secret_value"]),
            lambda: header.search_read([], ["secret_value"]),
            lambda: header.search([("secret_value", "like", "Bearer t%")]),
            lambda: header.search_count([("secret_value", "!=", False)]),
            lambda: header.search([], order="secret_value"),
            lambda: endpoint.search([("header_ids.secret_value", "like", "Bearer t%")]),
            lambda: endpoint.search([("header_ids", "any", [("secret_value", "!=", "x")])]),
            lambda: endpoint.web_read(specification),
            lambda: header.web_search_read([], {"secret_value": {}}),
            lambda: header.formatted_read_group([], ["secret_value"], ["__count"]),
            lambda: header.formatted_read_group([], [], ["secret_value:max"]),
            lambda: header.filtered_domain([("secret_value", "like", "Bearer")]),
            lambda: header.mapped("secret_value"),
            lambda: header.onchange({}, [], {"secret_value": {}}),
            lambda: endpoint.onchange(renamed, ["header_ids"], specification),
            lambda: header.export_data(["value", "secret_value"]),
            lambda: header.web_save({"value": "x"}, {"value": {}, "secret_value": {}}),
            lambda: header.search_fetch([], ["secret_value"]),
            lambda: header.write({"secret_value": "x"}),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError), self.cr.savepoint():
                read()
        self.assertEqual(self._stored(), SECRET)
        read = (
            str(header.read()) + str(endpoint.read()) + str(endpoint.web_read({"header_ids": {}}))
        )
        self.assertNotIn(SECRET, read)

    def test_value_is_not_exported(self):
        self.admin.sudo().group_ids += self.env.ref("base.group_allow_export")
        rows = self.header.export_data(["name", "value"])["datas"]
        self.assertEqual(rows, [["Authorization", MASK]])
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.header.export_data(["secret_value"])
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.endpoint.export_data(["name", "header_ids/secret_value"])

    def test_value_stands_neither_in_the_audit_trail_nor_in_the_chatter(self):
        self.endpoint.write(
            {
                "header_ids": [
                    Command.update(self.header.id, {"value": "second-secret"}),
                    Command.create({"name": "X-Key", "value": "third-secret"}),
                ]
            }
        )
        self.endpoint.header_ids.filtered(lambda header: header.name == "X-Key").unlink()
        entries = self.env["ops.audit.entry"].search(
            [("res_model", "=", "ops.endpoint"), ("res_id", "=", self.endpoint.id)]
        )
        actions = entries.mapped("action")
        for action in ("added", "changed", "removed"):
            self.assertIn(f"endpoint.header_{action}", actions)
        told = " ".join(entries.mapped(lambda entry: entry.details or ""))
        told += " ".join(self.endpoint.message_ids.mapped("body"))
        self.assertIn('"header": "X-Key"', told)
        for secret in (SECRET, "second-secret", "third-secret"):
            self.assertNotIn(secret, told)

    def test_mask_written_back_changes_nothing_and_typing_in_it_is_refused(self):
        self.header.value = MASK
        self.assertEqual(self._stored(), SECRET)
        for value in (MASK + "x", "", "line\nbreak", " blank"):
            with self.assertRaisesRegex(ValidationError, "Value of Authorization", msg=value):
                self.header.value = value
        self.header.invalidate_recordset()
        self.assertEqual(self._stored(), SECRET)

    def test_header_needs_a_sound_name_and_a_value(self):
        for name, value, problem in (
            ("Host", "x", "Name"),
            ("webhook-id", "x", "Name"),
            ("X Key", "x", "Name"),
            ("X-Key", False, "Value"),
            ("X-Key", MASK, "Value"),
        ):
            with self.assertRaisesRegex(ValidationError, problem, msg=name):
                self.endpoint.header_ids = [Command.create({"name": name, "value": value})]

    def test_name_is_there_once_whatever_its_case(self):
        with (
            claim_log("odoo.sql_db", "ERROR", "bad query"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            self.endpoint.header_ids = [Command.create({"name": "authorization", "value": "x"})]

    def test_copied_endpoint_has_no_headers(self):
        self.assertFalse(self.endpoint.copy().header_ids)

    def test_header_does_not_move_to_another_receiver(self):
        other = self._create_endpoint(name="Elsewhere", company_id=self.company.id)
        with self.assertRaises(UserError):
            self.header.endpoint_id = other
        self.assertEqual(self.header.endpoint_id, self.endpoint)

    def test_only_administrators_of_the_company_see_and_change_headers(self):
        for role in ("manager", "auditor", "user"):
            with self.assertRaises(AccessError, msg=role):
                self.header.with_user(self._create_user(role)).read(["name"])
        foreign = self._create_endpoint(
            company_id=self.other_company.id,
            header_ids=[Command.create({"name": "X-Key", "value": "abc"})],
        )
        headers = self.env["ops.endpoint.header"].with_user(self.admin)
        self.assertNotIn(foreign.header_ids.id, headers.search([]).ids)
        with self.assertRaises(AccessError):
            headers.browse(foreign.header_ids.id).value = "x"
        with self.assertRaises(AccessError):
            headers.create({"endpoint_id": foreign.id, "name": "X-Mine", "value": "x"})

    def test_headers_of_an_endpoint_for_every_company_follow_its_rule(self):
        everywhere = self._create_endpoint(
            header_ids=[Command.create({"name": "X-Key", "value": "abc"})]
        )
        header = everywhere.header_ids.with_user(self.admin)
        for change in (
            lambda: header.write({"value": "x"}),
            header.unlink,
            lambda: header.create({"endpoint_id": everywhere.id, "name": "X-2", "value": "x"}),
        ):
            with self.assertRaisesRegex(AccessError, "Company"):
                change()
