import threading
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name


@tagged("post_install", "-at_install")
class TestAlertConcurrency(BaseCase):
    """Several servers at once, with real commits; what they leave is removed."""

    RULES = 6

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.others = env["ops.alert.rule"].search([]).ids
            cr.execute("UPDATE ops_alert_rule SET active = FALSE")
            cls.kpi_id = (
                env["ops.kpi"]
                .create(
                    {
                        "code": "t_alert_at_once",
                        "name": "Companies' partners",
                        "formula": "Users",
                        "unit": "records",
                        "direction": "lower",
                        "owner": "healthcare_ops_monitoring",
                        "model_name": "res.users",
                        "domain": "[]",
                        "kind": "count",
                        "site_field": False,
                    }
                )
                .id
            )
            rules = env["ops.alert.rule"].create(
                [
                    {
                        "name": f"At once {number}",
                        "kpi_id": cls.kpi_id,
                        "company_id": env.ref("base.main_company").id,
                        "threshold": 0,
                        "hold_minutes": 0,
                    }
                    for number in range(cls.RULES)
                ]
            )
            cls.rule_ids = rules.ids
        cls.addClassCleanup(cls._remove)

    @classmethod
    def _remove(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            rules = env["ops.alert.rule"].browse(cls.rule_ids)
            exceptions = rules.alert_ids.exception_id
            rules.unlink()
            exceptions.unlink()
            env["ops.kpi"].browse(cls.kpi_id).unlink()
            cr.execute("UPDATE ops_alert_rule SET active = TRUE WHERE id = ANY(%s)", [cls.others])

    def _watch(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["ops.alert.rule"]._cron_watch()

    def test_two_at_once_raise_one_exception_for_each_rule(self):
        for _turn in range(2):
            threads = [threading.Thread(target=self._watch) for _n in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            with self.registry.cursor() as cr:
                cr.execute(
                    """SELECT count(*), count(DISTINCT a.rule_id), sum(a.fire_count),
                              sum(e.occurrence_count), count(DISTINCT e.id)
                         FROM ops_alert a JOIN ops_exception e ON e.alert_id = a.id
                        WHERE a.rule_id = ANY(%s) AND a.state = 'firing'""",
                    [self.rule_ids],
                )
                self.assertEqual(cr.fetchone(), (self.RULES,) * 5)
                # As if a minute had gone by.
                cr.execute(
                    "UPDATE ops_alert_rule SET evaluated_at = %s WHERE id = ANY(%s)",
                    [fields.Datetime.now() - timedelta(minutes=1), self.rule_ids],
                )

    def test_a_rule_that_another_holds_is_left_to_it(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE ops_alert_rule SET evaluated_at = NULL WHERE id = ANY(%s)", [self.rule_ids]
            )
        with self.registry.cursor() as holder:
            holder.execute(
                "SELECT id FROM ops_alert_rule WHERE id = %s FOR UPDATE", [self.rule_ids[0]]
            )
            self._watch()
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT id FROM ops_alert_rule WHERE evaluated_at IS NULL AND id = ANY(%s)",
                    [self.rule_ids],
                )
                self.assertEqual(cr.fetchall(), [(self.rule_ids[0],)])
