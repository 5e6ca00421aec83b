import json

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from .common import GROUP, TYPE
from .receiver import receiver


@tagged("post_install", "-at_install", "browser")
class TestTourDeadLetter(HttpCase):
    """What a manager does about a dead letter, in the web client, with a real receiver.

    What lies between the two visits, the scheduled action that delivers, is called by the
    test: it would commit, and a test's transaction never does.
    """

    def setUp(self):
        super().setUp()
        # The commits between claiming, sending and settling have no place in a test.
        self.patch(type(self.env["ops.delivery"]), "_commit", lambda self, processed=0: None)
        self.env["ops.endpoint"].search([("state", "!=", "disabled")]).write({"state": "disabled"})
        company = self.env.company
        self.site = self.env["ops.site"].create(
            {
                "name": "Tour clinic",
                "code": "T-TOUR",
                "company_id": company.id,
                "resource_calendar_id": company.resource_calendar_id.id,
            }
        )
        values = {"code": TYPE, "name": "A thing happened", "owner": "test", "lane": "critical"}
        self.env["ops.event.type"].create(values)
        self.manager = new_test_user(self.env, "tour_manager", groups=GROUP % "manager")

    def _deliver(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'"
                " WHERE state IN ('waiting', 'retrying')"
            )
        )
        self.env.invalidate_all()
        # The receiver is no browser: it answers without the cookie of the test.
        with self.allow_requests(all_requests=True):
            self.env["ops.delivery"]._cron_deliver("critical")
        self.env.invalidate_all()

    def test_manager_reads_why_mends_the_endpoint_replays_and_sees_it_delivered(self):
        answers = [(410, b"no more events, we moved")]
        behave = lambda handler: handler.answer(*answers[-1])  # noqa: E731
        with receiver(behave) as server:
            endpoint = self.env["ops.endpoint"].create(
                {
                    "name": "Tour supplier desk",
                    "url": server.url,
                    "event_patterns": TYPE,
                    "allowed_networks": "127.0.0.0/8",
                    "company_id": self.env.company.id,
                }
            )
            event = self.env["ops.event"].emit(TYPE, self.site, {"number": 7})
            self.env.cr.flush()
            self._deliver()
            delivery = event.delivery_ids
            self.assertEqual((endpoint.state, delivery.state), ("disabled", "dead"))
            answers.append((200, b"thanks"))
            self.start_tour(
                "/odoo/action-healthcare_ops_automation.ops_delivery_action_dead",
                "healthcare_ops_dead_letter_replay",
                login=self.manager.login,
            )
            self.env.invalidate_all()
            self.assertEqual((endpoint.state, delivery.state), ("active", "waiting"))
            self._deliver()
        self.assertEqual(delivery.state, "delivered")
        self.assertEqual(delivery.exception_id.resolution, "All were delivered or skipped.")
        first, second = server.received
        self.assertEqual(first[1]["webhook-id"], second[1]["webhook-id"])
        self.assertEqual(first[2], second[2])
        self.start_tour(
            f"/odoo/ops.delivery/{delivery.id}",
            "healthcare_ops_dead_letter_delivered",
            login=self.manager.login,
        )
        actors = self.env["ops.audit.entry"].search(
            [("res_model", "=", "ops.endpoint"), ("res_id", "=", endpoint.id)]
        )
        done = {entry.action: entry for entry in actors.sorted("id")}
        self.assertEqual(done["delivery.replayed"].actor_id, self.manager.id)
        self.assertEqual(json.loads(done["delivery.replayed"].details)["count"], 1)
        self.assertEqual(done["endpoint.changed"].actor_id, self.manager.id)
