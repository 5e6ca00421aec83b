"""What must not stand in a tracked file is found, and what may is left alone."""

from pathlib import Path

import pytest

from dev import house_rules


def faults(line, name="x.py"):
    return list(house_rules._faults_of(line, Path(name)))


@pytest.mark.parametrize("host", house_rules.REGISTRY_HOSTS)
def test_registry_hosts_are_refused(host):
    assert faults(f"index = https://{host}/simple", "requirements.txt")


@pytest.mark.parametrize("folder", ["/" + "home/ann/src", "/" + "work/main", "/" + "root/.pyenv"])
def test_folders_of_a_developer_are_refused(folder):
    assert faults(f"cd {folder}")


@pytest.mark.parametrize(
    "line",
    ["/mnt/extra-addons", "/home/odoo/src", "docs/work/plan", "https://example.com/work/1", "~/x"],
)
def test_other_paths_are_not(line):
    assert not faults(line)


def test_hiding_log_lines_is_refused_in_python_only():
    line = "from odoo.tools import " + "mute" + "_logger"
    assert faults(line)
    assert not faults(line, "CONTRIBUTING.md")
