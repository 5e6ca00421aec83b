"""What approvals cost the people: what waits for somebody, and handing it over."""

from .part import run

__all__ = ["run"]
