"""What the network aims at."""

HOUR = 60
DAY = 24 * HOUR
# Target, warning and critical: shares in percent, durations in minutes.
TARGETS = {
    "approval_turnaround_median": (8 * HOUR, 16 * HOUR, 24 * HOUR),
    "approvals_overdue": (0, 1, 5),
    "exceptions_overdue": (0, 1, 5),
    "exceptions_unowned": (0, 1, 5),
    "exception_resolution_median": (2 * DAY, 3 * DAY, 5 * DAY),
    "delivery_success_share": (99, 97, 90),
    "rework_rate": (5, 10, 25),
    "dead_letters": (0, 1, 10),
    "supply_below_critical": (10, 15, 30),
    "supply_stockouts": (0, 1, 5),
    "supply_service_level": (98, 95, 90),
    "supplier_lead_time_median": (4 * DAY, 6 * DAY, 10 * DAY),
}


def build_targets(demo):
    """Bands for the whole network, the same at each site."""
    kpis = demo.env["ops.kpi"]
    demo.env["ops.kpi.target"].create(
        [
            {
                "kpi_id": kpis._by_code(code).id,
                "target": target,
                "warning": warning,
                "critical": critical,
            }
            for code, (target, warning, critical) in TARGETS.items()
        ]
    )
