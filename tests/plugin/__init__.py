"""Plugins of pytest that ``make test`` loads: what a run may not pass over in silence."""
