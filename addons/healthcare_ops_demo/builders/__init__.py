"""Builders of the demo network: one file a subject, from tables to records."""

from .assembly import build

__all__ = ["build"]
