import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..contracts.audit_head import HEAD_SEALED
from ..models.worker import OpsWorker
from .trail import TrailCase


@tagged("post_install", "-at_install")
class TestOpsAuditAnchor(TrailCase):
    def setUp(self):
        super().setUp()
        # Everything within the test's transaction.
        self.patch(OpsWorker, "_commit", lambda self, processed=0: None)

    def _heads(self):
        events = self.env["ops.event"].search(
            [("type_code", "=", HEAD_SEALED), ("company_id", "=", self.chain_id)], order="id"
        )
        return [json.loads(event.sudo().pretty_body or "{}") for event in events]

    def _daily(self):
        self.verifications._cron_verify()
        self._commit()

    def _exceptions(self, code):
        return self.env["ops.exception"].search(
            [("category_id.code", "=", code), ("company_id", "=", self.chain_id)]
        )

    # -- events -----------------------------------------------------------------------------

    def test_head_goes_out_daily_to_who_subscribed_and_once(self):
        self.env["ops.endpoint"].search([]).state = "disabled"
        endpoint = self._create_endpoint(event_patterns="audit.*", company_id=self.chain_id)
        self._record(3)
        self._daily()
        [head] = self._heads()
        seal = self.seals._head(self.chain_id)
        self.assertEqual(
            (head["data"]["root_company"], head["data"]["sequence"], head["data"]["hash"]),
            (self.chain_id, seal.sequence, seal.hash),
        )
        self.assertEqual(head["data"]["findings"], 0)
        deliveries = self.env["ops.delivery"].search([("endpoint_id", "=", endpoint.id)])
        self.assertEqual(deliveries.event_id.type_code, HEAD_SEALED)
        self._daily()
        self.assertEqual(len(self._heads()), 1, "the chain has not grown")
        self._record()
        self._daily()
        grown = self.seals._head(self.chain_id).sequence
        self.assertEqual(grown, seal.sequence + 3, "both verifications are part of the trail")
        self.assertEqual(self._heads()[-1]["data"]["sequence"], grown)

    def test_head_that_went_out_finds_a_chain_that_was_worked_out_anew(self):
        entries = self._record(3)
        self._daily()
        self._tamper("ops_audit_verification", "DELETE FROM ops_audit_verification")
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET entry_digest = %s WHERE entry_id = %s",
            "0" * 64,
            entries[0].id,
        )
        self._rehash(1, 2, 3)
        [finding] = [
            each for each in self._verify()._findings_in_words() if each["kind"] == "rewritten"
        ]
        self.assertEqual(finding["seal"], 3)
        self.assertRegex(finding["words"], r"noted earlier \(event, .* UTC\)")
        self.assertIn("between the seals 1 and 3", finding["words"])

    def test_event_that_was_made_unreadable_is_no_anchor_and_no_crash(self):
        self._record()
        self._daily()
        self.env.cr.execute("UPDATE ops_event SET data = 'x' WHERE type_code = %s", [HEAD_SEALED])
        self.assertFalse(self._found())

    # -- exceptions -------------------------------------------------------------------------

    def test_tampering_opens_one_exception_that_never_closes_itself(self):
        entries = self._record(2)
        gone = entries[0].id
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", gone)
        done = self._verify()
        exception = self._exceptions("trail_tampered")
        self.assertEqual((len(exception), exception.severity), (1, "critical"))
        self.assertEqual((exception.res_model, exception.res_id), (done._name, done.id))
        self.assertIn(f"Removed: {entries._name},{gone}, seal 1", exception.reason)
        self._verify()
        self.assertEqual(exception.occurrence_count, 1, "the same is not told every day")
        # Another place is tampered with: that is told.
        self._tamper(
            "ops_audit_entry",
            "UPDATE ops_audit_entry SET action = 'forged' WHERE id = %s",
            entries[1].id,
        )
        self._verify()
        self.assertEqual(exception.occurrence_count, 2)
        self._tamper(
            "ops_audit_seal", "DELETE FROM ops_audit_seal WHERE company_id = %s", self.chain_id
        )
        self._verify()
        self.assertTrue(exception.is_open)
        self.assertEqual(len(self._exceptions("trail_tampered")), 1)

    def test_what_a_person_closed_is_not_opened_again_for_the_same(self):
        entries = self._record(2)
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", entries[0].id)
        self._verify()
        exception = self._exceptions("trail_tampered")
        exception.write({"state": "resolved", "resolution": "Looked into: restored from backup."})
        done = self._verify()
        self.assertEqual(done.result, "found", "the verification says so all the same")
        self.assertEqual(self._exceptions("trail_tampered"), exception)

    def test_sealing_that_stands_still_is_told_and_settles_itself(self):
        self._record(seal=False)
        self.env.cr.execute(
            "UPDATE ops_audit_unsealed SET appended_at = appended_at - interval '2 hours'"
        )
        later = fields.Datetime.now() + timedelta(minutes=1)
        with patch.object(fields.Datetime, "now", lambda: later):
            done = self._verify()
        self.assertEqual((done.result, done.finding_count), ("behind", 0))
        exception = self._exceptions("trail_unsealed")
        self.assertTrue(exception.is_open)
        self._seal()
        self._verify()
        self.assertEqual(exception.state, "resolved")
