"""The campaign's table, for people, and its report, for machines."""

from collections import Counter
from dataclasses import asdict

from dev import logcheck, ui


def table(campaign, counts) -> str:
    """What happened, what was counted, and which promises were broken."""
    blows, moods = campaign.blows, campaign.moods
    lines = [
        "",
        f"  {blows.kills} kills with SIGKILL ({_share(blows.victims)}), "
        f"{blows.restarts} restarts of PostgreSQL, {len(campaign.crew.logs)} server starts, "
        f"{ui.duration(campaign.seconds)}",
        f"  deliveries in hand at each kill, those of earlier ones included: {blows.caught}",
        "  receiver: "
        + ", ".join(f"{mode} {seconds:.0f} s" for mode, seconds in sorted(moods.seen.items())),
        "",
    ]
    lines += [*count_lines(counts), "", *_log_lines(campaign.crew.logs), judgement(counts)]
    return "\n".join(lines)


def count_lines(counts) -> list[str]:
    """A line for each count, with examples of what broke a promise."""
    lines = []
    width = max(len(count.what) for count in counts)
    for count in counts:
        mark = "BROKEN" if count.broken else "ok" if count.breach else ""
        lines.append(f"  {count.what:<{width}}  {count.value:>9,}  {mark}".rstrip())
        lines += [f"      {example}" for example in count.examples]
    return lines


def judgement(counts) -> str:
    """The last line of a table."""
    broken = sum(count.broken for count in counts)
    return "every promise was kept" if not broken else f"{broken} promises were BROKEN"


def _share(victims) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(Counter(victims).items()))


def _log_lines(logs) -> list[str]:
    """The commonest lines of level WARNING and above in the servers' logs."""
    found = Counter(line[:110] for log in logs for line in logcheck.check_log(log))
    if not found:
        return []
    lines = [f"  {sum(found.values())} lines of level WARNING or above in the servers' logs:"]
    return [*lines, *(f"  {count:>6} × {line}" for line, count in found.most_common(8)), ""]


def report(campaign, counts) -> dict:
    """The same, for JSON."""
    return {
        "seconds": round(campaign.seconds, 1),
        "plan": asdict(campaign.plan),
        "kills": campaign.blows.kills,
        "caught": campaign.blows.caught,
        "pg_restarts": campaign.blows.restarts,
        "moods": campaign.moods.seen,
        "counts": counts_report(counts),
        "logs": [str(log) for log in campaign.crew.logs],
    }


def counts_report(counts) -> list[dict]:
    return [{**asdict(count), "broken": count.broken} for count in counts]
