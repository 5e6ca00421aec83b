"""The campaign's table, for people, and its report, for machines."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

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
    width = max(len(count.what) for count in counts)
    for count in counts:
        mark = "BROKEN" if count.broken else "ok" if count.breach else ""
        lines.append(f"  {count.what:<{width}}  {count.value:>9,}  {mark}".rstrip())
        lines += [f"      {example}" for example in count.examples]
    lines += ["", *_log_lines(campaign.crew.logs)]
    broken = sum(count.broken for count in counts)
    lines.append("every promise was kept" if not broken else f"{broken} promises were BROKEN")
    return "\n".join(lines)


def _share(victims) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(Counter(victims).items()))


def _log_lines(logs) -> list[str]:
    """The commonest lines of level WARNING and above in the servers' logs."""
    found = Counter(line[:110] for log in logs for line in logcheck.check_log(log))
    if not found:
        return []
    lines = [f"  {sum(found.values())} lines of level WARNING or above in the servers' logs:"]
    return [*lines, *(f"  {count:>6} × {line}" for line, count in found.most_common(8)), ""]


def write(path: Path, campaign, counts) -> None:
    """The same as JSON."""
    report = {
        "seconds": round(campaign.seconds, 1),
        "plan": asdict(campaign.plan),
        "kills": campaign.blows.kills,
        "caught": campaign.blows.caught,
        "pg_restarts": campaign.blows.restarts,
        "moods": campaign.moods.seen,
        "counts": [{**asdict(count), "broken": count.broken} for count in counts],
        "logs": [str(log) for log in campaign.crew.logs],
    }
    path.write_text(json.dumps(report, indent=2) + "\n")
