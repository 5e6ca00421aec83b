import threading

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name


@tagged("post_install", "-at_install")
class TestOpsAuditConcurrency(BaseCase):
    """With real commits. What is recorded stays: that is what the tables are for."""

    SEALERS = 4
    ENTRIES = 300

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls._env() as env:
            company = env["res.company"].create({"name": "Sealed at once"})
            cls.site_id = (
                env["ops.site"]
                .create(
                    {
                        "name": "At once",
                        "code": f"T-SEAL-{company.id}",
                        "company_id": company.id,
                        "resource_calendar_id": env["resource.calendar"]
                        .create({"name": "At once", "company_id": company.id})
                        .id,
                    }
                )
                .id
            )
            cls.company_id = company.id
        cls._seal()
        cls.addClassCleanup(cls._archive)

    @classmethod
    def _archive(cls):
        with cls._env() as env:
            env["ops.site"].browse(cls.site_id).active = False
            env["res.company"].browse(cls.company_id).active = False

    @classmethod
    def _env(cls):
        """An environment of a transaction of its own, committed at the end."""

        class Block:
            def __enter__(self):
                self.cursor = cls.registry.cursor()
                return api.Environment(self.cursor.__enter__(), SUPERUSER_ID, {})

            def __exit__(self, *error):
                return self.cursor.__exit__(*error)

        return Block()

    @classmethod
    def _seal(cls):
        with cls._env() as env:
            env["ops.audit.seal"]._cron_seal()

    def _record(self, env, count=1):
        site = env["ops.site"].browse(self.site_id)
        return [env["ops.audit.entry"]._record("test.at_once", site).id for _n in range(count)]

    def _check(self, wanted):
        """These entries are sealed, once each, and the chain is whole."""
        with self._env() as env:
            seals = env["ops.audit.seal"].search(
                [("company_id", "=", self.company_id)], order="sequence"
            )
            sealed = [seal.entry_id for seal in seals if seal.res_model == "ops.audit.entry"]
            self.assertEqual(len(sealed), len(set(sealed)))
            self.assertLessEqual(set(wanted), set(sealed))
            self.assertEqual(seals.mapped("sequence"), list(range(1, len(seals) + 1)))
            done = env["ops.audit.verification"]._verify([self.company_id])
            self.assertEqual((done.finding_count, done.unsealed_count), (0, 0), done.findings)
        self._seal()

    def test_sealers_at_once_make_one_chain(self):
        with self._env() as env:
            ids = self._record(env, self.ENTRIES)
        errors = []

        def seal():
            try:
                self._seal()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=seal) for _n in range(self.SEALERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self._seal()
        self._check(ids)

    def test_sealer_that_began_before_another_committed_does_not_use_its_old_view(self):
        with self._env() as env:
            first = self._record(env)
        with self._env() as env:
            env.cr.execute("SELECT count(*) FROM ops_audit_seal")  # here its view begins
            self._seal()  # another one
            self._seal_despite(env)
        self._check(first)

    def _seal_despite(self, env):
        """What the scheduled action does with such a conflict: it begins with a fresh view."""
        env["ops.audit.seal"]._despite_conflicts(env["ops.audit.seal"]._seal_batch)

    def test_transaction_that_commits_late_is_sealed_all_the_same(self):
        with self._env() as slow:
            early = self._record(slow)
            slow.flush_all()
            with self._env() as env:
                later = self._record(env)
            self._seal()
            with self._env() as env:
                seals = env["ops.audit.seal"].search([("company_id", "=", self.company_id)])
                sealed = seals.mapped("entry_id")
                self.assertIn(later[0], sealed)
                self.assertNotIn(early[0], sealed)
        self._seal()
        self._check(early + later)

    def test_sealing_waits_for_nobody_who_writes_and_nobody_waits_for_it(self):
        with self._env() as env:
            waiting = self._record(env)
        with self._env() as writer, self._env() as sealer:
            writer.cr.execute("SET LOCAL lock_timeout = '2s'")
            sealer.cr.execute("SET LOCAL lock_timeout = '2s'")
            open_ids = self._record(writer)
            writer.flush_all()
            self.assertGreaterEqual(sealer["ops.audit.seal"]._seal_batch(), 1)
            open_ids += self._record(writer)
            writer.flush_all()
        self._seal()
        self._check(waiting + open_ids)
