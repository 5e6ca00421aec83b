import csv
import io
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from .log_claims import claim_log
from .trail import TrailCase

ENTRY = "ops.audit.entry"


@tagged("post_install", "-at_install")
class TestOpsAuditDownload(TrailCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = {"company_id": cls.chain_id, "company_ids": [cls.chain_id]}
        cls.auditor = cls._create_user("auditor", "t_trail_auditor", **people)
        cls.manager = cls._create_user("manager", "t_trail_manager", **people)

    def _dialog(self, user=None, **values):
        exports = self.env["ops.audit.export"].with_user(user or self.auditor)
        values = {"trail": ENTRY, "company_id": self.chain_id, **values}
        return exports.with_company(self.chain_company).create(values)

    def _download(self, dialog, user=None):
        user = user or self.auditor
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self.url_open(dialog.action_export()["url"])

    def _rows(self, response):
        self.assertEqual(response.status_code, 200)
        text = response.content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def test_table_names_facts_digest_and_seal_of_each_entry(self):
        entries = self._record(2)
        self._record(1, seal=False)
        response = self._download(self._dialog())
        self.assertTrue(response.content.startswith(b"\xef\xbb\xbf"), "Excel reads it as UTF-8")
        self.assertEqual(response.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn(".csv", response.headers["Content-Disposition"])
        rows = self._rows(response)
        first, last = rows[0], rows[-1]
        seal = self._seals(1)
        self.assertEqual([row["id"] for row in rows[:2]], [str(each) for each in entries.ids])
        self.assertEqual(first["at"], entries[0].at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.assertEqual(first["details"], '{"n": 1}')
        self.assertEqual(
            [first[name] for name in ("digest", "seal_sequence", "seal_hash", "chain")],
            [entries[0].digest, "1", seal.digest, "Chain and Sons"],
        )
        self.assertEqual((first["integrity"], last["integrity"]), ("sealed", "waiting"))
        self.assertEqual((last["seal_sequence"], last["seal_hash"]), ("", ""))

    def test_no_text_becomes_a_formula(self):
        self.chain_site.name = '=HYPERLINK("http://x";"y")'
        self.env["res.partner"].create({"name": "x"})
        entry = self._record()
        partner = self.env["res.partner"].create(
            {"name": "@SUM(1)\n-2+3", "company_id": self.chain_id}
        )
        self._record(1, partner)
        rows = self._rows(self._download(self._dialog()))
        self.assertEqual(rows[0]["res_label"], entry.res_label)
        for row in rows:
            for text in row.values():
                self.assertNotRegex(text, r"^\s*[=+@\-]")
        self.assertTrue(rows[1]["res_label"].startswith("'@SUM"))

    def test_reader_gets_no_row_that_the_reader_may_not_read(self):
        self._record(2)
        foreign = self._record(1, self.foreign_site)
        dialog = self._dialog(company_id=False)
        ids = {row["id"] for row in self._rows(self._download(dialog))}
        self.assertNotIn(str(foreign.id), ids)
        chosen = self._dialog(company_id=False, chosen_ids=json.dumps(foreign.ids))
        with self.assertRaisesRegex(UserError, "Nothing fits"):
            chosen.action_export()

    def test_chosen_rows_that_are_no_list_of_ids_are_refused(self):
        for written in ("[", '{"id": 1}', '["1"]', "[true]"):
            with self.subTest(written), self.assertRaisesRegex(ValidationError, "Chosen rows"):
                self._dialog(chosen_ids=written)

    def test_manager_who_may_not_read_entries_gets_none(self):
        self._record()
        self.assertNotIn(
            ENTRY, dict(self.env["ops.audit.export"].with_user(self.manager)._trails())
        )
        own, of_another = self._dialog(self.manager), self._dialog()
        with self.assertRaisesRegex(UserError, "Nothing fits"):
            own.action_export()
        self.env.flush_all()
        self.authenticate(self.manager.login, self.manager.login)
        for dialog in (own, of_another):
            with claim_log("odoo.http", "WARNING", ""):
                response = self.url_open(f"/healthcare_ops/trail/export/{dialog.id}")
            self.assertEqual(response.status_code, 403)

    def test_nobody_signed_out_gets_anything(self):
        self._record()
        self.env.flush_all()
        done = self._verify()
        for path in (f"export/{self._dialog().id}", f"head/{done.id}"):
            response = self.url_open(f"/healthcare_ops/trail/{path}", allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])

    def test_period_kind_and_chosen_rows_limit_the_table(self):
        entries = self._record(3)
        other = self.entries._record("test.other", self.chain_site)
        self._seal()
        now = fields.Datetime.now()
        self.assertEqual(self._dialog(date_to=now - timedelta(hours=1)).row_count, 0)
        self.assertEqual(self._dialog(date_from=now - timedelta(hours=1)).row_count, 4)
        self.assertEqual(self._dialog(kind="test.other").row_count, 1)
        context = {"default_trail": ENTRY, "active_model": ENTRY, "active_ids": entries[:2].ids}
        exports = self.env["ops.audit.export"].with_user(self.auditor).with_context(**context)
        dialog = exports.create({})
        self.assertEqual((dialog.row_count, dialog.chosen_count), (2, 2))
        rows = self._rows(self._download(dialog))
        self.assertEqual([row["id"] for row in rows], [str(each) for each in entries[:2].ids])
        self.assertNotIn(str(other.id), [row["id"] for row in rows])

    def test_that_it_was_exported_is_recorded(self):
        self._record(2)
        self._download(self._dialog())
        entry = self.entries.search([("action", "=", "trail.exported")], limit=1)
        self.assertEqual(entry.actor_id, self.auditor.id)
        self.assertEqual(json.loads(entry.details)["rows"], 2)

    def test_head_is_downloaded_by_who_may_read_the_verification(self):
        self._record(2)
        done = self._verify()
        self.env.flush_all()
        self.authenticate(self.auditor.login, self.auditor.login)
        url = done.with_user(self.auditor).action_download_head()["url"]
        head = self.url_open(url).json()
        self.assertEqual(
            (head["root_company"], head["sequence"], head["hash"]),
            (self.chain_id, 2, self._seals(2).digest),
        )
        foreign = self.verifications._verify([self.other_company.id])
        self.env.flush_all()
        with claim_log("odoo.http", "WARNING", ""):
            response = self.url_open(f"/healthcare_ops/trail/head/{foreign.id}")
        self.assertEqual(response.status_code, 403)

    # -- the dialog ---------------------------------------------------------------------------

    def test_auditor_verifies_own_chains_against_a_head_kept_elsewhere(self):
        self._record(2)
        kept = self._seals(2).digest
        dialogs = self.env["ops.audit.verify"].with_user(self.auditor)
        offered = [key for key, _label in dialogs._chains()]
        self.assertEqual(offered, ["all", str(self.chain_id), "0"])
        values = {"chain": str(self.chain_id), "has_anchor": True, "anchor_sequence": 2}
        good = dialogs.create({**values, "anchor_hash": f" {kept.upper()} "}).action_verify()
        verification = self.verifications.browse(good["res_id"])
        self.assertEqual((verification.result, verification.anchored_to), ("clean", 2))
        self.assertEqual(verification.actor_id, self.auditor.id)
        bad = dialogs.create({**values, "anchor_hash": "0" * 64}).action_verify()
        self.assertEqual(self.verifications.browse(bad["res_id"]).result, "found")
        for wrong in ({"anchor_hash": "12"}, {"chain": "all"}, {"anchor_sequence": 0}):
            with self.assertRaises(UserError):
                dialogs.create({**values, "anchor_hash": kept, **wrong}).action_verify()
        with self.assertRaisesRegex(AccessError, "not one of your companies"):
            dialogs.create({"chain": str(self.other_company.id)}).action_verify()

    def test_long_trail_is_verified_in_the_background(self):
        self._record()
        self.patch(type(self.env["ops.audit.verify"]), "_size", lambda *_args: 10_000_000)
        cron = self.env.ref("healthcare_ops_automation.cron_verify_trail")
        before = self.verifications.search_count([])
        of_cron = [("cron_id", "=", cron.id)]
        triggers = self.env["ir.cron.trigger"].search_count(of_cron)
        dialog = self.env["ops.audit.verify"].with_user(self.auditor).create({})
        self.assertEqual(dialog.action_verify()["tag"], "display_notification")
        self.assertEqual(self.env["ir.cron.trigger"].search_count(of_cron), triggers + 1)
        self.assertEqual(self.verifications.search_count([]), before)

    def test_row_of_another_company_is_refused_in_words(self):
        foreign = self._record(1, self.foreign_site)
        self._seal()
        for record in (foreign, self.seals.search([("entry_id", "=", foreign.id)])):
            with self.assertRaisesRegex(AccessError, "a company or a site that is not among yours"):
                record.with_user(self.auditor).read(["id"])

    def test_nobody_else_verifies(self):
        for role in ("requester", "user", "approver", "manager"):
            with self.assertRaises(AccessError, msg=role):
                user = self._create_user(role, f"t_verify_{role}")
                self.env["ops.audit.verify"].with_user(user).create({"chain": "all"})

    def test_printed_extract_says_what_was_verified(self):
        entries = self._record(2)
        report = self.env.ref("healthcare_ops_automation.ops_audit_entry_report")

        def page():
            html, _kind = (
                report.with_user(self.auditor)
                .sudo(False)
                ._render_qweb_html(report.report_name, entries.ids)
            )
            return " ".join(html.decode().split())

        self.assertIn("never verified as a whole", page())
        self._verify()
        self.assertIn("2 are as they were sealed", page())
        self.assertIn("nothing found", page())
        self._tamper(
            "ops_audit_entry",
            "UPDATE ops_audit_entry SET action = 'forged' WHERE id = %s",
            entries[0].id,
        )
        self.assertIn("CHANGED", page())
        self.assertIn("1 were changed", page())
