"""Tests of the developer commands: what they promise to notice."""
