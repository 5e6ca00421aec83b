"""The benchmark: ``make bench``.

Real PostgreSQL, real Odoo servers as production runs them, real HTTP on the loopback. Each part
works in a database of its own, a copy of the template with the demo network, and prints its rows:
what was measured, the figure, the target, whether it was met, and how it was measured. The report
is printed and written to ``.local/bench/report.md`` and ``report.json``.

Parts: {parts}.
Named ones only: ``make bench ARGS='throughput latency'``. ``--quick`` runs with tiny counts: it
shows that the harness works, its figures mean nothing.
"""
