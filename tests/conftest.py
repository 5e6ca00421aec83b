"""Fixtures for the tests that span modules. The plugins are loaded by ``make test``."""

import os

import pytest

from dev import databases, environment, paths, server


@pytest.fixture(scope="module")
def env():
    return environment.child_environment()


@pytest.fixture(scope="module")
def odoo_server(env):
    """A server process of its own on a copy of the template database: real commits."""
    name = f"ops_{paths.clone_id()}_real_{os.getpid()}"
    databases.copy(databases.suite_template(env), name)
    try:
        with server.running(name, env, f"test-server-{os.getpid()}") as running:
            yield running
    finally:
        databases.drop(name)
