"""Fixtures for the tests that span modules. The plugins are loaded by ``make test``."""
