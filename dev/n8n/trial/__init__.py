"""The stories and failures between a real Odoo and a real n8n: ``make test-n8n``.

A server process on a fresh copy of the template database, n8n on a fresh database of its own, the
suppliers' stand-in, and a proxy that Odoo's callback route is reached through and that can lose
callbacks. Each story ends in the right state on both sides, read from both databases: nothing
lost, nothing twice, the exception where it should be.
"""
