"""The command that verifies the trail from outside: what it prints, and what it ends with."""

import json
import os
import subprocess

import pytest

from dev import databases, odoo_cli, paths, postgres

CLEAN, FOUND, TROUBLE = 0, 1, 2
ENTRY = "ops.audit.entry"


@pytest.fixture(scope="module")
def database(env):
    """A copy of the suite's database whose trail is sealed."""
    name = f"ops_{paths.clone_id()}_verify_{os.getpid()}"
    databases.copy(databases.suite_template(env), name)
    code = "while env['ops.audit.seal']._seal_batch(): pass\ncr.commit()"
    odoo_cli.script("sealing", name, code, env, f"verify-trail-{os.getpid()}")
    try:
        yield name
    finally:
        databases.drop(name)


@pytest.fixture
def verify(database, env):
    def run(*arguments, of=database):
        addons = ",".join(str(path) for path in paths.ADDONS)
        options = ["-c", odoo_cli.CONFIG, *(["-d", of] if of else []), *arguments]
        command = odoo_cli.command(f"--addons-path={addons}", "verify_trail", *options)
        return subprocess.run(command, env=env, cwd=paths.ROOT, capture_output=True, text=True)

    return run


def chains(done):
    assert done.stdout, done.stderr
    return {each["root_company"]: each for each in json.loads(done.stdout)}


def test_it_says_what_was_found_and_ends_with_it(database, verify):
    done = verify("--json")
    assert done.returncode == CLEAN, done.stderr
    heads = chains(done)
    company, head = next((each, of) for each, of in heads.items() if of["sequence"])
    kept = f"{company}:{head['sequence']}:{head['hash']}"

    text = verify("--company", str(company), "--anchor", kept)
    assert text.returncode == CLEAN
    assert ": ok; " in text.stdout and head["hash"] not in text.stderr

    # Somebody who owns the database removes an entry.
    gone = postgres.psql(
        "SELECT entry_id FROM ops_audit_seal WHERE res_model = 'ops.audit.entry'"
        f" AND company_id = {company} ORDER BY sequence LIMIT 1",
        database,
    )
    postgres.psql(
        "ALTER TABLE ops_audit_entry DISABLE TRIGGER USER;"
        f"DELETE FROM ops_audit_entry WHERE id = {gone};"
        "ALTER TABLE ops_audit_entry ENABLE TRIGGER USER",
        database,
    )
    done = verify("--json", "--company", str(company))
    assert done.returncode == FOUND
    [finding] = chains(done)[company]["found"]
    assert (finding["kind"], finding["res_model"], finding["entry"], finding["seal"]) == (
        "entry_removed",
        ENTRY,
        int(gone),
        1,
    )
    text = verify("--company", str(company))
    assert text.returncode == FOUND
    assert f"REMOVED {ENTRY},{gone} seal 1" in text.stdout
    # What it found is kept, and somebody is told.
    assert (
        postgres.psql(
            "SELECT count(*) FROM ops_audit_verification WHERE result = 'found'", database
        )
        == "2"
    )
    assert (
        postgres.psql(
            "SELECT count(*) FROM ops_exception x JOIN ops_exception_category c"
            " ON c.id = x.category_id WHERE c.code = 'trail_tampered'",
            database,
        )
        == "1"
    )


def test_a_head_that_is_not_the_chains_is_a_finding(verify):
    done = verify("--json", "--company", "0", "--anchor", f"0:999999:{'0' * 64}")
    assert done.returncode == FOUND
    assert "cut" in [finding["kind"] for finding in chains(done)[0]["found"]]


def test_what_cannot_be_looked_at_is_no_success(verify, env):
    for arguments, words in (
        ({"of": None}, "name one database"),
        ({"of": "no_such_database"}, "cannot be opened"),
        ({"of": databases.base_template(env)}, "is not installed"),
    ):
        done = verify(**arguments)
        assert done.returncode == TROUBLE, arguments
        assert words in done.stderr, done.stderr
    wrong = verify("--anchor", "1:2:3")
    assert wrong.returncode == TROUBLE
    assert "is no COMPANY:SEQUENCE:HASH" in wrong.stderr
