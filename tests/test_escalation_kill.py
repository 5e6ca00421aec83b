"""Servers and workers that are killed while they take the steps of escalations.

Several processes at once, real commits, SIGKILL: no step is lost, none is taken twice.
"""

import os
import re
import signal
import subprocess
import time

import pytest

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

from dev import databases, environment, logcheck, odoo_cli, paths, server

RECORDS = 300
# What is to stand in each log, and nothing else: (step, repetition).
EXPECTED = [(1, 0), (1, 1), (2, 0), (3, 0), (4, 0)]
PATIENCE = 240
# Beside the server's scheduled action, which Odoo runs once at a time: whoever else executes.
WORKER = """
import sys, time, odoo
from odoo.modules.registry import Registry
odoo.tools.config.parse_config(
    ["-c", {config!r}, "-d", {database!r}, "--no-http", "--log-level=warn"], setup_logging=True)
with Registry({database!r}).cursor() as cr:
    env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {{}})
    while True:
        env["ops.escalation"]._cron_execute()
        cr.commit()
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def database(env):
    """The registry of a database with due escalations of as many records."""
    name = f"ops_{paths.clone_id()}_kill_{os.getpid()}"
    databases.copy(databases.suite_template(env), name)
    try:
        with pytest.MonkeyPatch.context() as patched:
            # Otherwise Odoo would run its own tests while it loads the registry.
            patched.setitem(config, "test_enable", False)
            registry = Registry(name)
        yield registry
    finally:
        Registry.delete(name)
        databases.drop(name)


def prepare(env):
    """Start an escalation of each of the records, whose steps are due at once.

    :return: the ids of the runs
    """
    # Nothing else is to be done meanwhile, and no e-mail to be sent.
    ours = env.ref("healthcare_ops_automation.cron_execute_escalations")
    env["ir.cron"].search([("id", "!=", ours.id)]).active = False
    env["ops.escalation"].search([("state", "=", "running")])._end("stopped", "for the test")
    model_id = env["ir.model"]._get_id("res.partner")
    category = env["ops.exception.category"].create({"name": "Late", "code": "t_kill"})
    template = env["mail.template"].create(
        {
            "name": "Late",
            "model_id": model_id,
            "use_default_to": False,
            "email_to": "duty@example.org",
            "subject": "late: {{ object.ref }}",
        }
    )
    color = env["ir.model.fields"]._get("res.partner", "color")
    steps = (
        {"kind": "message", "recipient": "followers", "text": "late: {{ object.ref }}"}
        | {"repeat_every_hours": 0.001, "repeat_times": 1},
        {"kind": "email", "template_id": template.id},
        {"kind": "exception", "category_id": category.id},
        {"kind": "priority", "field_id": color.id, "value_number": 7},
    )
    policy = env["ops.escalation.policy"].create(
        {
            "name": "Late",
            "model_id": model_id,
            "hours": "clock",
            "step_ids": [
                Command.create({"sequence": number, "delay_hours": 0, **step})
                for number, step in enumerate(steps)
            ],
        }
    )
    partners = env["res.partner"].create(
        [{"name": f"Late {n}", "ref": f"ref-{n}", "company_id": 1} for n in range(RECORDS)]
    )
    return policy._start(partners, "late").ids


class Crew:
    """Processes that execute, and what they have done."""

    def __init__(self, registry, env):
        self.registry, self.env = registry, env
        self.workers, self.servers = [], []

    def start_worker(self):
        file = paths.STATE / f"escalation-worker-{os.getpid()}.py"
        code = WORKER.format(config=str(odoo_cli.CONFIG), database=self.registry.db_name)
        file.write_text(code)
        log = (paths.LOGS / f"escalation-worker-{os.getpid()}-{len(self.workers)}.log").open("wb")
        self.workers.append(
            subprocess.Popen(
                [str(paths.PYTHON), str(file)], env=self.env, cwd=paths.ROOT, stdout=log, stderr=log
            )
        )
        return self.workers[-1]

    def start_server(self):
        log = paths.LOGS / f"escalation-server-{os.getpid()}-{len(self.servers)}.log"
        started = server.Server(self.registry.db_name, server.free_port(), log, self.env)
        self.servers.append(started)
        started.wait_until_it_answers()
        return started

    def end(self):
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
            worker.wait()
        for each in self.servers:
            each.kill()

    def ask(self, query):
        with self.registry.cursor() as cr:
            cr.execute(query)
            return cr.fetchall()

    def wake(self):
        """Have a server run the scheduled action at once."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.ref("healthcare_ops_automation.cron_execute_escalations")._trigger()

    def settled(self):
        [(count,)] = self.ask("SELECT count(*) FROM ops_escalation_log WHERE outcome = 'done'")
        return count

    def wait_until(self, reached):
        end = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < end, self.ask(
                "SELECT state, count(*), min(next_step_at) FROM ops_escalation GROUP BY state"
            )
            time.sleep(0.05)


@pytest.fixture(scope="module")
def campaign(database):
    """Execute with a server, then with two workers at once, and kill each at its work; another
    server finishes what they left.

    :return: the crew, how much was settled at each kill, and the ids of the runs
    """
    with database.cursor() as cr:
        run_ids = prepare(api.Environment(cr, SUPERUSER_ID, {}))
        # Nothing is due before everybody is there.
        cr.execute("UPDATE ops_escalation SET next_step_at = next_step_at + interval '1 day'")
    assert len(run_ids) == RECORDS
    crew = Crew(database, environment.child_environment())
    total = RECORDS * len(EXPECTED)
    before = crew.settled()
    kills = []

    def kill_at(share, kill):
        crew.wait_until(lambda: crew.settled() - before >= total * share)
        kill()
        kills.append(crew.settled() - before)

    try:
        started = crew.start_server()
        crew.ask(
            "UPDATE ops_escalation SET next_step_at = next_step_at - interval '1 day' RETURNING id"
        )
        crew.wake()
        kill_at(0.1, started.kill)
        workers = [crew.start_worker(), crew.start_worker()]
        kill_at(0.3, workers[0].kill)
        kill_at(0.5, workers[1].kill)
        crew.start_server()
        crew.wake()
        crew.wait_until(
            lambda: not crew.ask("SELECT FROM ops_escalation WHERE state = 'running' LIMIT 1")
        )
    finally:
        crew.end()
    return crew, kills, run_ids


def test_they_were_killed_at_their_work(campaign):
    _crew, kills, _run_ids = campaign
    total = RECORDS * len(EXPECTED)
    assert len(kills) == 3
    assert kills == sorted(kills) and 0 < kills[0] and kills[-1] < total, kills


def test_each_step_was_taken_once(campaign):
    crew, _kills, run_ids = campaign
    rows = crew.ask(
        "SELECT escalation_id, step_number, repetition, outcome FROM ops_escalation_log"
        f" WHERE escalation_id IN {tuple(run_ids)}"
    )
    by_run = {run_id: [] for run_id in run_ids}
    for run_id, *settled in rows:
        by_run[run_id].append(tuple(settled))
    expected = [(*step, "done") for step in EXPECTED]
    wrong = {run_id: log for run_id, log in by_run.items() if sorted(log) != expected}
    assert wrong == {}
    states = crew.ask(f"SELECT DISTINCT state FROM ops_escalation WHERE id IN {tuple(run_ids)}")
    assert states == [("finished",)]


def test_each_effect_is_there_once(campaign):
    crew, _kills, _run_ids = campaign
    expected = {f"ref-{number}" for number in range(RECORDS)}

    def refs(query):
        return [re.search(r"ref-\d+", text)[0] for (text,) in crew.ask(query)]

    mails = refs(
        "SELECT message.subject FROM mail_mail mail JOIN mail_message message"
        " ON message.id = mail.mail_message_id WHERE message.subject LIKE 'late: %'"
    )
    assert (len(mails), set(mails)) == (RECORDS, expected)
    messages = refs(
        "SELECT body FROM mail_message WHERE body LIKE '%late: ref-%' AND model = 'res.partner'"
        " AND message_type = 'auto_comment'"
    )
    assert (len(messages), set(messages)) == (2 * RECORDS, expected)
    exceptions = crew.ask(
        "SELECT count(*), min(occurrence_count), max(occurrence_count), count(DISTINCT res_id)"
        " FROM ops_exception WHERE cause_key LIKE 'escalation:%' AND res_model = 'res.partner'"
    )
    assert exceptions == [(RECORDS, 1, 1, RECORDS)]
    colours = crew.ask("SELECT count(*) FROM res_partner WHERE ref LIKE 'ref-%' AND color = 7")
    assert colours == [(RECORDS,)]


def test_the_processes_logged_nothing_but_conflicts(campaign):
    crew, _kills, _run_ids = campaign

    def expected(logger, _level, message):
        """Two that meet at the same escalation or its trigger: one begins again."""
        meeting = r"bad query: b?['\"]\s*(SELECT id FROM ops_escalation|INSERT INTO ops_escalation)"
        return logger == "odoo.sql_db" and re.match(meeting, message)

    logs = [each.log for each in crew.servers]
    logs += sorted(paths.LOGS.glob(f"escalation-worker-{os.getpid()}-*.log"))
    assert [line for log in logs for line in logcheck.check_log(log, expected)] == []
