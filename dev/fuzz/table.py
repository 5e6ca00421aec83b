"""The campaign's table, for people, and its report, for machines."""

from dataclasses import asdict

from dev import paths, ui
from dev.faults.table import count_lines, counts_report, judgement


def table(campaign) -> str:
    """What was sent, what was answered, and which promises were broken, with examples."""
    lines = ["", f"  {ui.duration(campaign.seconds)}, slowest answer {campaign.slowest:.1f} s", ""]
    lines += count_lines(campaign.counts)
    for example in campaign.examples[:5]:
        lines += ["", *(f"    {line}" for line in example.splitlines())]
    if any(count.broken for count in campaign.counts):
        lines += ["", f"  the server's log: {paths.shown(campaign.log)}"]
    return "\n".join([*lines, "", judgement(campaign.counts)])


def report(campaign) -> dict:
    return {
        "seconds": round(campaign.seconds, 1),
        "slowest": round(campaign.slowest, 1),
        "plan": asdict(campaign.plan),
        "counts": counts_report(campaign.counts),
        "examples": campaign.examples,
        "log": str(campaign.log),
    }
