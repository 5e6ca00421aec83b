"""What the pages of figures and a scrape cost after five years."""

from .part import run

__all__ = ["run"]
