"""The production files hang together. No Docker engine is needed: they are read, not run."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from odoo.tools import config as odoo_config

ROOT = Path(__file__).resolve().parents[1]
COMPOSE_FILE = ROOT / "docker-compose.yml"
# ${NAME}, ${NAME:-default}, ${NAME:?error}; "$$" is a dollar sign for the container.
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="module")
def env_example():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def conf():
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "odoo.conf", encoding="utf-8")
    return parser["options"]


def with_defaults(text):
    """Fill in the defaults that Compose would take without a .env."""
    return VARIABLE.sub(lambda match: match["word"] if match["kind"] == "-" else "", text)


def environments(services):
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            yield name, variable, str(value)


def test_it_follows_the_compose_specification():
    result = subprocess.run(
        [sys.executable, "-m", "check_jsonschema"]
        + ["--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_one_port_is_published_and_on_this_machine_only(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["web"]
    assert [with_defaults(port) for port in published["web"]] == ["127.0.0.1:8080:80"]


def test_no_secret_is_written_down(services, env_example):
    secrets = [entry for entry in environments(services) if SECRET.search(entry[1])]
    assert len(secrets) >= 5
    for service, variable, value in secrets:
        match = VARIABLE.fullmatch(value)
        assert match, f"{variable} of {service} is not taken from .env"
        assert match["kind"] == "?", f"{variable} of {service} can be forgotten"
    assert {
        name: value for name, value in env_example.items() if SECRET.search(name) and value
    } == {}


def test_the_example_names_every_variable_and_no_other(env_example):
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE_FILE.read_text(encoding="utf-8"))}
    assert set(env_example) == used


def test_every_service_restarts_logs_within_bounds_and_says_how_it_is(services):
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert service["logging"]["options"]["max-size"], name
        assert service["healthcheck"]["test"], name
        for needed, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, f"{name} needs {needed}"


def test_each_database_is_on_a_volume_and_reached_by_its_own_service_only(compose, services):
    for user in ("odoo", "n8n"):
        database = services[f"{user}-db"]
        (network,) = database["networks"]
        assert compose["networks"][network] == {"internal": True}
        members = {name for name, service in services.items() if network in service["networks"]}
        assert members == {user, f"{user}-db"}
        volume, path = database["volumes"][0].split(":")
        assert volume in compose["volumes"]
        assert path == "/var/lib/postgresql/data"
    odoo, odoo_db = services["odoo"]["environment"], services["odoo-db"]["environment"]
    assert (odoo["PGHOST"], odoo["PGUSER"]) == ("odoo-db", odoo_db["POSTGRES_USER"])
    n8n, n8n_db = services["n8n"]["environment"], services["n8n-db"]["environment"]
    assert n8n["DB_POSTGRESDB_HOST"] == "n8n-db"
    assert n8n["DB_POSTGRESDB_USER"] == n8n_db["POSTGRES_USER"]
    assert n8n["DB_POSTGRESDB_DATABASE"] == n8n_db["POSTGRES_DB"]


def test_images_have_a_version(services):
    for name, service in services.items():
        _image, _colon, tag = service["image"].partition(":")
        assert tag, f"{name} has no version"
        assert tag != "latest", name


def test_odoo_shows_no_list_of_databases_and_trusts_its_proxy(conf):
    assert conf["db_name"]
    assert conf["dbfilter"] == f"^{conf['db_name']}$"
    assert conf.getboolean("list_db") is False
    assert conf.getboolean("proxy_mode") is True


def test_there_are_processes_for_every_lane_and_connections_for_every_process(conf):
    assert conf.getint("max_cron_threads") >= 5
    assert conf.getint("workers") >= 2
    processes = conf.getint("workers") + conf.getint("max_cron_threads")
    connections = processes * conf.getint("db_maxconn") + conf.getint("db_maxconn_gevent")
    # PostgreSQL's default of 100, less three that it keeps for its superuser.
    assert connections <= 97


def test_the_proxy_knows_the_ports_that_odoo_listens_on(compose, conf):
    proxy = compose["configs"]["proxy"]["content"]
    assert f"location / {{ proxy_pass http://$$odoo:{conf['http_port']}; }}" in proxy
    assert f"location /websocket {{ proxy_pass http://$$odoo:{conf['gevent_port']}; }}" in proxy


def test_odoo_reads_it_without_a_warning():
    read = (
        "from odoo.tools import config;"
        " config.parse_config(['-c', 'odoo.conf'], setup_logging=True)"
    )
    result = subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # The addons are in the image, not here.
    warnings = [line for line in result.stderr.splitlines() if "no such directory" not in line]
    assert warnings == []


def test_odoo_knows_every_key_and_every_key_is_explained(conf):
    unknown = [key for key in conf if key not in odoo_config.options_index]
    assert unknown == []
    assert not [key for key in conf if SECRET.search(key.upper())]
    explained = False
    for line in (ROOT / "odoo.conf").read_text(encoding="utf-8").splitlines():
        if line.startswith(";") or line == "[options]":
            explained = True
        elif not line:
            explained = False
        else:
            assert explained, f"{line} has no explanation above it"


def test_the_image_holds_every_module_but_the_demo_and_no_test():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    for manifest in ROOT.glob("*/__manifest__.py"):
        assert f"!{manifest.parent.name}" in ignored
    assert {"!addons", "!odoo.conf", "!dev/requirements-suite.txt"} <= set(ignored)
    assert {"addons/healthcare_ops_demo", "**/tests"} <= set(ignored)
    for line in ignored:
        if line.startswith("!") and "healthcare_ops_" not in line:
            assert (ROOT / line[1:]).exists(), line


def test_the_image_puts_the_suite_where_odoo_looks_for_it(conf):
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "FROM odoo:19.0" in dockerfile
    (target,) = re.findall(r"^COPY \. (\S+)$", dockerfile, re.MULTILINE)
    assert conf["addons_path"] == f"{target},{target}/addons"
    assert dockerfile.rstrip().endswith("USER odoo")
