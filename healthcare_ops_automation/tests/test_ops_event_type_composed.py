import json
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..core.contract import ContractError
from .common import TYPE, OpsCase
from .composing import compose
from .log_claims import claim_log

SITE_LINES = (
    ("name", {"required": True}),
    ("company_id.currency_id", {}),
    ("manager_id.email", {}),
)


@tagged("post_install", "-at_install")
class TestComposedType(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("admin")
        cls.as_admin = cls.env(user=cls.admin.id)

    def _compose(self, lines=SITE_LINES, env=None, **values):
        return compose(self.as_admin if env is None else env, lines=lines, **values)

    @contextmanager
    def _refused(self, error, words, msg=None):
        """What follows is refused, and leaves nothing."""
        with self.assertRaisesRegex(error, words, msg=msg), self.env.cr.savepoint():
            yield

    # -- what is composed -----------------------------------------------------------------

    def test_administrator_composes_a_type_without_code(self):
        event_type = self._compose()
        self.assertEqual(event_type.kind, "composed")
        self.assertEqual(event_type.field_ids.mapped("key"), ["name", "currency", "email"])
        self.assertEqual(event_type.field_ids[1].label, "Company › Currency")
        schema = json.loads(event_type.json_schema)
        self.assertEqual(schema["properties"]["name"]["x-sensitivity"], "internal")
        self.assertEqual(schema["required"], ["name"])

    def test_composed_type_is_emitted_and_checked_like_a_declared_one(self):
        event_type = self._compose()
        data = event_type.sudo()._payload(self.site)
        event = self.events.emit(event_type.code, self.site, data)
        self._commit()
        self.assertEqual(event.state, "sealed")
        self.assertEqual(json.loads(event.body)["data"]["name"], "Harbour Clinic")
        with self._refused(ValidationError, r"Name \(name\): is required and is empty"):
            self.events.emit(event_type.code, self.other_site, {"name": ""})

    def test_linked_records_are_sent_with_id_and_name(self):
        event_type = self._compose([("company_id", {}), ("child_ids", {"key": "children"})])
        child = self._create_site("Annex", "T-ANNEX", parent_id=self.site.id)
        data = event_type._payload(self.site)
        self.assertEqual(data["company"], {"id": self.company.id, "name": self.company.name})
        self.assertEqual(data["children"], [{"id": child.id, "name": child.display_name}])

    def test_times_are_sent_in_utc_with_their_offset(self):
        event_type = self._compose([("create_date", {})])
        contract = event_type._contract(event_type.code)
        checked = contract.model_validate(event_type._payload(self.site))
        text = checked.model_dump(mode="json", by_alias=True)["create_date"]
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

    def test_what_people_say_about_people_is_personal_unless_somebody_decides(self):
        event_type = self._compose([("name", {}), ("manager_id", {}), ("manager_id.email", {})])
        self.assertEqual(
            event_type.field_ids.mapped("sensitivity"), ["internal", "personal", "personal"]
        )
        self.assertTrue(event_type.has_sensitive)
        event_type.field_ids[1:].sensitivity = "internal"
        self.assertFalse(event_type.has_sensitive)

    def test_free_text_is_refused_until_its_sensitivity_is_chosen(self):
        about = {"model": "res.partner", "code": "test.partner.noted"}
        with self._refused(ValidationError, "Sensitivity.*free text"):
            self._compose([("comment", {})], **about)
        event_type = self._compose([("comment", {"sensitivity": "secret"})], **about)
        self.assertEqual(event_type.field_ids.sensitivity, "secret")

    def test_files_and_loose_references_are_refused_with_the_reason(self):
        with self._refused(ValidationError, "is a file"):
            lines = [("image_1920", {"sensitivity": "internal"})]
            self._compose(lines, model="res.partner", code="test.partner.drawn")
        with self._refused(ValidationError, "no plain value"):
            self._compose([("res_id", {})], model="mail.message", code="test.message.written")

    def test_paths_that_lead_nowhere_are_refused_in_words(self):
        for path, words in (
            ("no_such_field", "has no field"),
            ("child_ids.name", "does not lead to one record"),
            ("company_id.parent_id.currency_id.name", "at most 2 relations"),
        ):
            with self._refused(ValidationError, words, msg=path):
                self._compose([(path, {})])

    def test_keys_are_checked_and_unique(self):
        for key in ("Name", "1st", "two words", "_x"):
            with self._refused(ValidationError, "Key"):
                self._compose([("name", {"key": key})])
        with claim_log("odoo.sql_db", "ERROR", "duplicate key"):
            with self.assertRaises(psycopg2.errors.UniqueViolation):
                self._compose([("name", {}), ("company_id.name", {"key": "name"})])

    # -- codes and models -----------------------------------------------------------------

    def test_code_must_not_clash_with_a_declared_one(self):
        self.type.unlink()
        with self._refused(ValidationError, "a module declares"):
            self._compose(code=TYPE)

    def test_code_must_be_dotted_lower_case(self):
        with self._refused(ValidationError, "Code"):
            self._compose(code="Site changed")

    def test_events_about_the_engine_itself_are_refused(self):
        for model in ("ops.event", "ops.delivery", "ops.exception", "mail.thread"):
            with self._refused(ValidationError, "cannot be composed", msg=model):
                self._compose([], env=self.env, model=model)
        with self._refused(ValidationError, "cannot be composed"):
            self._compose([], env=self.env, model="res.config.settings")

    # -- rights ---------------------------------------------------------------------------

    def test_model_that_the_composer_may_not_read_is_refused(self):
        with self._refused(AccessError, "may not read"):
            self._compose([], model="ir.config_parameter")

    def test_field_that_the_composer_may_not_read_is_refused_however_it_is_sent(self):
        field = self.env["res.company"]._fields["email"]
        event_type = self._compose([("name", {})])
        with patch.object(field, "groups", "base.group_system"):
            with self._refused(AccessError, "Email.*cannot choose it"):
                self._compose([("company_id.email", {})], code="test.site.other")
            with self._refused(AccessError, "Email"):
                event_type.field_ids.path = "company_id.email"
            with self._refused(AccessError, "Email"):
                event_type.write({"field_ids": [Command.create({"path": "company_id.email"})]})
            self._compose([("company_id.email", {})], env=self.env, code="test.site.system")

    def test_record_on_the_way_that_the_composer_may_not_read_is_refused(self):
        model = type(self.env["resource.calendar"])
        has_access = model.has_access

        def closed(records, operation):
            return records.env.su and has_access(records, operation)

        with patch.object(model, "has_access", closed):
            for path in ("resource_calendar_id.name", "resource_calendar_id"):
                with self._refused(AccessError, "Working"):
                    self._compose([(path, {"key": "hours"})])

    def test_fields_are_checked_again_when_the_model_changes(self):
        event_type = self._compose([("name", {})])
        company = self.env["ir.model"]._get_id("res.company")
        event_type.write({"model_id": company})
        event_type.field_ids.path = "currency_id"
        with self._refused(ValidationError, "has no field"):
            event_type.write({"model_id": self.env["ir.model"]._get_id("ops.site")})
        event_type.field_ids.path = "create_date"  # every model has it
        with self._refused(AccessError, "may not read"):
            event_type.write({"model_id": self.env["ir.model"]._get_id("ir.config_parameter")})

    def test_what_the_engine_writes_is_not_written_by_hand(self):
        event_type = self._compose()
        for values in ({"version": 7}, {"json_schema": "{}"}, {"kind": "declared"}):
            with self.assertRaises(UserError):
                event_type.write(values)
        with self.assertRaises(UserError):
            self._compose([], code="test.site.other", owner="somebody")

    def test_declared_types_take_no_fields(self):
        declared = self.type.with_user(self.admin)
        with self.assertRaises(UserError):
            declared.write({"field_ids": [Command.create({"path": "name"})]})
        with self.assertRaises(ValidationError):
            self.as_admin["ops.event.type.field"].create({"type_id": self.type.id, "path": "name"})
        with self._refused(UserError, "Archive it"):
            declared.unlink()

    # -- versions -------------------------------------------------------------------------

    def test_each_change_of_the_fields_is_a_new_version_that_stays(self):
        event_type = self._compose()
        first = event_type.json_schema
        event_type.write(
            {
                "field_ids": [
                    Command.create({"path": "code"}),
                    Command.update(event_type.field_ids[0].id, {"required": False}),
                    Command.delete(event_type.field_ids[2].id),
                ]
            }
        )
        self.assertEqual(event_type.version, 2)
        event_type.field_ids[0].sensitivity = "personal"
        event_type.field_ids[-1].unlink()
        self.assertEqual(event_type.version_ids.sorted("version").mapped("version"), [1, 2, 3, 4])
        versions = event_type.version_ids.sorted("version")
        self.assertEqual(versions[0].json_schema, first)
        self.assertEqual(versions[-1].json_schema, event_type.json_schema)

    def test_what_changes_nothing_that_is_sent_is_no_new_version(self):
        event_type = self._compose()
        event_type.write({"name": "Renamed", "severity": "high"})
        event_type.field_ids[0].sequence = 99
        self.assertEqual(event_type.version, 1)

    def test_new_version_is_in_force_at_the_next_event(self):
        event_type = self._compose([("name", {})])
        first = self.events.emit(event_type.code, self.site, {"name": "A"})
        self._commit()
        event_type.field_ids.key = "title"
        second = self.events.emit(event_type.code, self.site, {"title": "B"})
        self.assertEqual((first.type_version, second.type_version), (1, 2))
        with self.assertRaises(ValidationError):
            self.events.emit(event_type.code, self.site, {"name": "A"})

    def test_declared_types_keep_their_versions_too(self):
        self.type.unlink()
        self.env["ops.event.type"]._sync_declared("healthcare_ops_automation_test")
        event_type = self.env["ops.event.type"].search([("code", "=", TYPE)])
        self.assertEqual(event_type.version_ids.mapped("version"), [1])
        self.assertEqual(event_type.version_ids.json_schema, event_type.json_schema)
        self.assertFalse(event_type.version_ids.has_sensitive)

    def test_changes_of_the_model_are_taken_over_on_demand(self):
        event_type = self._compose([("code", {})])
        self.assertEqual(event_type.field_ids.label, "Code")
        with patch.object(self.env["ops.site"]._fields["code"], "string", "Short name"):
            event_type.action_take_over_model()
        self.assertEqual(event_type.field_ids.label, "Short name")
        self.assertEqual(event_type.version, 2)

    def test_composing_is_audited(self):
        event_type = self._compose()
        entry = self.env["ops.audit.entry"].search([("res_id", "=", event_type.id)], limit=1)
        self.assertEqual((entry.action, entry.actor_id), ("event_type.composed", self.admin.id))

    # -- life -----------------------------------------------------------------------------

    def test_type_with_events_cannot_be_deleted_but_archived(self):
        event_type = self._compose([("name", {})])
        self.events.emit(event_type.code, self.site, {"name": "A"})
        with self._refused(UserError, "Archive it"):
            event_type.unlink()
        with self._refused(UserError, "Archive it"):
            event_type.code = "test.site.renamed"
        event_type.active = False
        self._commit()
        self.assertFalse(self.events.emit(event_type.code, self.site, {"name": "B"}))

    def test_unused_type_can_be_deleted_and_copied(self):
        event_type = self._compose()
        copied = event_type.copy()
        self.assertEqual(copied.code, "test.site.changed_copy")
        self.assertEqual(copied.field_ids.mapped("key"), event_type.field_ids.mapped("key"))
        self.assertEqual((copied.version, copied.kind), (1, "composed"))
        event_type.unlink()
        self.assertFalse(event_type.exists())

    def test_contract_is_the_same_for_all_emissions_of_a_version(self):
        event_type = self._compose([("name", {"required": True})])
        contract = event_type._contract(event_type.code)
        self.assertIs(event_type._contract(event_type.code), contract)
        with self.assertRaises(ContractError):
            contract.model_validate({})

    # -- preview --------------------------------------------------------------------------

    def test_preview_shows_what_would_be_sent_and_writes_nothing(self):
        event_type = self._compose([("name", {}), ("code", {"sensitivity": "secret"})])
        before = self.events.search_count([])
        event_type.sample_id = self.site.id
        body = json.loads(event_type.preview)
        self.assertEqual(body["type"], event_type.code)
        self.assertEqual(body["subject"], f"ops.site/{self.site.id}")
        self.assertEqual(body["data"], {"name": "Harbour Clinic", "code": "•••"})
        self.assertFalse(event_type.preview_problems)
        self.assertEqual(self.events.search_count([]), before)

    def test_preview_says_what_breaks_the_contract(self):
        event_type = self._compose([("manager_id.email", {"required": True})])
        event_type.sample_id = self.site.id
        self.assertIn("Email (email): is required", event_type.preview_problems)

    def test_preview_shows_only_what_its_reader_may_read(self):
        event_type = self._compose([("name", {})])
        event_type.sample_id = self.foreign_site.id
        self.assertFalse(event_type.preview)
        self.assertNotIn("Abroad", event_type.preview_problems)

    def test_retention_begins_with_what_settings_say(self):
        self.env["res.config.settings"].create({"ops_retention_days": 30}).execute()
        self.assertEqual(self._compose().retention_days, 30)
