"""What approvals cost, beside OCA's base_tier_validation 19.0 on the same orders."""

from .part import run

__all__ = ["run"]
