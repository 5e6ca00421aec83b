"""What the benchmark (``dev.bench``) and the campaign of faults (``dev.faults``) share.

A receiver light enough not to be what is measured, an Odoo database worked on from this
process, real servers that can be killed, and rows filled in by SQL.
"""
