"""The same task done by OCA's queue_job 19.0: eight workers, one POST a job.

It is set up as its own documentation says (``--load=web,queue_job``, channel ``root:8``, workers)
in a folder and a database of its own; the suite never sees it.
"""

import math
import shutil
import sys
from pathlib import Path

from odoo import sql_db

from dev import databases, odoo_cli, odoo_source, paths, server, stamps, ui
from dev.load import leftovers
from dev.load.process import LoadReceiver

from .bare_requests import HEADERS
from .report import FOLDER, Row
from .scene import LATENCY

# The addon, and the library that it needs beyond Odoo.
REQUIREMENTS = ("odoo-addon-queue-job==19.0.*", "openupgradelib")
WORKERS = 8
ADDONS = Path(__file__).parent / "addons"
MODULES = ["queue_job", "bench_queue_job"]
DRAIN_SECONDS = 120
BYTES = 880  # about the size of an event's body

ENQUEUE = """
job, headers = env['bench.queue.job'], {headers!r}
for number in range({count}):
    job.with_delay()._post({url!r}, 'x' * {size}, {{**headers, 'webhook-id': f'evt_{{number}}'}})
cr.commit()
"""


def run(scene, report) -> None:
    """Jobs a second of queue_job to the receiver of the throughput part, and our ratio to it."""
    if scene.quick:
        report.note("queue_job: left out of a quick run, which installs nothing")
        return
    rate = drain(scene)
    ours = [row.value for row in report.rows if row.what == "Sent to a receiver that takes 94 ms"]
    report.add(
        Row(
            "queue_job",
            "queue_job 19.0 to a receiver that takes 94 ms",
            rate,
            "jobs/s",
            f"{scene.scale.jobs} jobs that post with requests, {WORKERS} workers, "
            f"channel root:{WORKERS}; from the first arrival to 99 % of them",
        )
    )
    if ours:
        report.add(
            Row("queue_job", "Ratio to queue_job", ours[0] / rate, "×", "both rates of this run")
        )


def install(env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Have queue_job in ``.local/bench/queue_job``; return the folders of addons to use, and the
    variables that processes need which load it."""
    folder = FOLDER / "queue_job"
    library = folder / "library"
    if stamps.read("bench-queue-job") != " ".join(REQUIREMENTS) or not folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        # Without dependencies: what else they name is Odoo and what Odoo needs, which is here.
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-input", "--quiet"]
        command += ["--disable-pip-version-check", "--target"]
        with ui.Step("queue_job 19.0") as step:
            log = paths.LOGS / "bench-pip.log"
            for target, requirement in zip((folder, library), REQUIREMENTS, strict=True):
                ui.run_logged([*command, str(target), requirement], log, step, env=env)
        stamps.write("bench-queue-job", " ".join(REQUIREMENTS))
    theirs = [str(folder / "odoo" / "addons"), str(ADDONS)]
    variables = {"PYTHONPATH": str(library), "ODOO_QUEUE_JOB_CHANNELS": f"root:{WORKERS}"}
    return [*map(str, odoo_source.addons_path()), *theirs], {**env, **variables}


def drain(scene) -> float:
    folders, env = install(scene.env)
    addons = "--addons-path=" + ",".join(folders)
    name = leftovers.name("bench", "queuejob")
    count = scene.scale.jobs
    databases.copy(databases.base_template(scene.env), name)
    try:
        arguments = odoo_cli.server("-d", name, "-i", ",".join(MODULES), addons)
        arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
        odoo_cli.run("installing queue_job", arguments, name, env)
        with LoadReceiver("--latency", str(LATENCY), "--verify-each", "0") as receiver:
            code = ENQUEUE.format(count=count, url=receiver.url, size=BYTES, headers=HEADERS)
            title = f"enqueuing {count} jobs"
            odoo_cli.script(title, name, code, env, "bench-enqueue", [addons])
            options = [addons, "--load=web,queue_job", f"--workers={WORKERS}"]
            options += [f"--gevent-port={server.free_port()}"]
            with (
                ui.Step(f"draining {count} jobs of queue_job") as step,
                server.running(name, env, "bench-queuejob", options=options),
            ):
                receiver.wait_for(count, DRAIN_SECONDS, lambda text: setattr(step, "far", text))
            arrivals = receiver.arrivals()
    finally:
        sql_db.close_db(name)
        databases.drop(name)
    if len(arrivals) < 2:
        raise ui.Failure("queue_job sent nothing", "see .local/log/bench-queuejob.log")
    # Not to the last one: a job that is late for reasons of its own must not make theirs look
    # slower than it is. Ours is measured to the last.
    most = math.ceil(0.99 * len(arrivals)) - 1
    return most / (arrivals[most][0] - arrivals[0][0])
