from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.retry import DEFAULT_SCHEDULE
from .common import OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestSettings(OpsCase):
    def _save(self, schedule):
        self.env["res.config.settings"].create({"ops_retry_schedule": schedule}).execute()

    def test_retry_schedule_is_kept_and_used(self):
        deliveries = self.env["ops.delivery"]
        self.assertEqual(deliveries._retry_schedule(), DEFAULT_SCHEDULE)
        self._save("10, 20")
        self.assertEqual(deliveries._retry_schedule(), (10, 20))

    def test_new_endpoints_take_their_limits_from_the_settings(self):
        limits = {
            "connect_timeout": 2.5,
            "total_timeout": 12.0,
            "max_attempts": 4,
            "concurrency_limit": 3,
            "rate_limit": 120,
        }
        old = self._create_endpoint()
        self.assertEqual((old.concurrency_limit, old.rate_limit, old.max_attempts), (16, 0, 8))
        values = {f"ops_{name}": value for name, value in limits.items()}
        self.env["res.config.settings"].create(values).execute()
        new = self._create_endpoint()
        self.assertEqual({name: new[name] for name in limits}, limits)
        self.assertEqual(old.concurrency_limit, 16)
        self.env["res.config.settings"].create({"ops_rate_limit": 0}).execute()
        self.assertEqual(self._create_endpoint().rate_limit, 0)

    def test_dispatcher_follows_the_settings(self):
        deliveries = self.env["ops.delivery"]
        self.assertEqual((deliveries._thread_count(), deliveries._give_up_hours()), (64, 72))
        self.assertFalse(deliveries._is_held())
        values = {"ops_hold_deliveries": True, "ops_sender_threads": 8, "ops_give_up_hours": 5}
        self.env["res.config.settings"].create(values).execute()
        self.env.flush_all()
        self.assertEqual((deliveries._thread_count(), deliveries._give_up_hours()), (8, 5))
        self.assertTrue(deliveries._is_held())
        self.env["res.config.settings"].create({"ops_hold_deliveries": False}).execute()
        self.env.flush_all()
        self.assertFalse(deliveries._is_held())

    def test_default_that_cannot_be_used_gives_way_to_the_shipped_one(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("healthcare_ops_automation.endpoint_max_attempts", "many")
        parameters.set_param("healthcare_ops_automation.endpoint_concurrency_limit", "9000")
        with claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "endpoint_max_attempts"):
            endpoint = self._create_endpoint()
        self.assertEqual((endpoint.max_attempts, endpoint.concurrency_limit), (8, 256))

    def test_default_outside_its_bounds_is_refused_by_name(self):
        for values, field in (
            ({"ops_connect_timeout": 0.0}, "Connect within"),
            ({"ops_total_timeout": 31.0}, "Answer within"),
            ({"ops_total_timeout": 2.0}, "Answer within .*Connect within"),
            ({"ops_max_attempts": 21}, "Attempts at most"),
            ({"ops_concurrency_limit": 257}, "Requests at once"),
            ({"ops_rate_limit": -1}, "Requests a minute"),
            ({"ops_overlap_hours": 0}, "Old secret valid for"),
            ({"ops_sender_threads": 257}, "Requests at once in a lane"),
            ({"ops_give_up_hours": 0}, "Give up on a broken endpoint"),
        ):
            with self.assertRaisesRegex(ValidationError, field, msg=values):
                self.env["res.config.settings"].create(values)

    def test_schedule_that_makes_no_sense_is_refused_by_name(self):
        for text in ("soon", "0", ","):
            with self.assertRaisesRegex(ValidationError, "Retry schedule"):
                self._save(text)
