"""A small organisation, one user per role, and an event type of our own."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

from ..core.contract import INTERNAL, Contract, declare_callback, declare_event, tagged
from ..models.delivery.ops_delivery_dispatch import LINGER_SECONDS

GROUP = "healthcare_ops_automation.group_ops_%s"
ROLES = ("requester", "user", "approver", "manager", "admin", "auditor")
TYPE = "test.thing.happened"
ANSWER = "test.thing.answered"


class ThingHappened(Contract):
    number: int = tagged(INTERNAL)
    note: str | None = tagged(INTERNAL, None)


class ThingAnswered(Contract):
    verdict: str = tagged(INTERNAL, min_length=1)


declare_event(
    TYPE,
    ThingHappened,
    module="healthcare_ops_automation_test",
    name="A thing happened",
    description="Something for tests.",
    process_code="testing",
    milestone_code="happened",
    severity="high",
    lane="critical",
    example={"number": 1},
)
# The handler is patched onto ops.site by tests that let a callback take effect.
declare_callback(
    ANSWER,
    ThingAnswered,
    model="ops.site",
    method="_ops_take_test_answer",
    module="healthcare_ops_automation_test",
    name="A thing was answered",
    description="Something for tests.",
    example={"verdict": "fine"},
)


class OpsCase(TransactionCase):
    """What most tests stand on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Second Legal Entity"})
        cls.site = cls._create_site("Harbour Clinic", "T-HARBOUR")
        cls.other_site = cls._create_site("Hill Clinic", "T-HILL")
        cls.foreign_site = cls._create_site("Abroad", "T-ABROAD", cls.other_company)
        cls.type = cls.env["ops.event.type"].create(
            {
                "code": TYPE,
                "name": "A thing happened",
                "owner": "healthcare_ops_automation_test",
                "severity": "high",
                "lane": "critical",
            }
        )
        cls.events = cls.env["ops.event"]

    @classmethod
    def _create_site(cls, name, code, company=None, **values):
        company = company or cls.company
        calendar = company.resource_calendar_id or cls.env["resource.calendar"].create(
            {"name": name, "company_id": company.id}
        )
        return cls.env["ops.site"].create(
            {
                "name": name,
                "code": code,
                "company_id": company.id,
                "resource_calendar_id": calendar.id,
                **values,
            }
        )

    @classmethod
    def _create_user(cls, role, login=None, **values):
        """A user with one role; the integration role has nothing besides."""
        login = login or f"t_{role}"
        values = {"company_id": cls.company.id, **values}
        if role == "integration":
            user = new_test_user(cls.env, login, groups="base.group_portal", **values)
            user.group_ids = [Command.set(cls.env.ref(GROUP % role).ids)]
            return user
        return new_test_user(cls.env, login, groups=GROUP % role, **values)

    def _create_endpoint(self, **values):
        return self.env["ops.endpoint"].create(
            {
                "name": "Receiver",
                "url": "http://127.0.0.1:9/hook",
                "allowed_networks": "127.0.0.0/8",
                "event_patterns": "test.*",
                **values,
            }
        )

    def _emit(self, records=None, number=1, **kwargs):
        records = self.site if records is None else records
        return self.events.emit(TYPE, records, {"number": number}, **kwargs)

    def _commit(self):
        """What a commit does to events: seal them, and end their transaction.

        A test runs in one database transaction; taking the transaction id off the events
        makes the next emission one of another transaction.
        """
        self.env.cr.flush()
        self.env.cr.execute(SQL("UPDATE ops_event SET txid = NULL WHERE txid IS NOT NULL"))
        self.events.invalidate_model()

    @contextmanager
    def _without_commits(self):
        """Let the dispatcher run within the test's transaction, whose clock stands still: so
        it waits for nothing that is nearly due."""
        model = type(self.env["ops.delivery"])
        with (
            patch.object(model, "_commit", lambda self, done=0: None),
            patch.dict(LINGER_SECONDS, dict.fromkeys(LINGER_SECONDS, 0)),
        ):
            yield
