"""docs/kpis.md, from the definitions that modules ship as data."""

from ast import literal_eval

from lxml import etree

INTRO = """# KPIs

Generated from the definitions in the modules: `make catalogue`.

Each figure is worked out from records at the time of asking, with the rights of whoever asks, and
opens exactly the records it stands on. Percentiles come from the rows and are never averaged.
*Now* means: the state of things at the time of asking, whatever the period; its past is what the
nightly snapshot kept. Otherwise a record belongs to the period by the time that is named.
Administrators change name, position and targets, and switch KPIs off
(*Operations > Monitoring > KPIs*); what is counted comes with the module.
"""


def read_definitions(path):
    """The KPIs of a data file: a dict of field name and text each, in the file's order."""
    found = []
    for record in etree.parse(str(path)).iter("record"):
        if record.get("model") == "ops.kpi":
            found.append({field.get("name"): _value(field) for field in record.iter("field")})
    return found


def _value(field):
    if field.get("eval") is not None:
        return literal_eval(field.get("eval"))
    return (field.text or "").strip()


def kpi_page(by_module, words):
    """The page.

    :param dict by_module: ``{title of a module: its definitions}``
    :param dict words: ``{field: {code: words}}`` of the selections unit, direction and kind
    """
    parts = [INTRO]
    for title, definitions in by_module.items():
        parts.append(f"\n## {title}\n")
        for kpi in definitions:
            parts.append(_section(kpi, words))
    return "".join(parts)


def _section(kpi, words):
    period = kpi.get("period_field")
    lines = [
        f"\n### {kpi['name']}\n",
        kpi["formula"],
        "",
        "| | |",
        "|---|---|",
        f"| Code | `{kpi['code']}` |",
        f"| Unit | {words['unit'][kpi['unit']]} |",
        f"| Good direction | {words['direction'][kpi['direction']]} |",
        f"| Kind | {_kind(kpi, words)} |",
        f"| Records | `{kpi['model_name']}` where {_condition(kpi.get('domain'))} |",
    ]
    if kpi.get("hits_domain"):
        lines.append(f"| Hits | where {_condition(kpi['hits_domain'])} |")
    if kpi.get("value_field"):
        lines.append(f"| Value | `{kpi['value_field']}` |")
    elif kpi.get("from_field"):
        until = f"`{kpi['to_field']}`" if kpi.get("to_field") else "now"
        lines.append(f"| Value | from `{kpi['from_field']}` until {until} |")
    lines += [
        f"| Period | {f'by `{period}`' if period else 'now'} |",
        f"| Narrowed by | {_narrowed(kpi)} |",
    ]
    if kpi.get("min_n"):
        lines.append(f"| Withheld | with fewer than {kpi['min_n']} records |")
    return "\n".join(lines) + "\n"


def _kind(kpi, words):
    if kpi["kind"] != "percentile":
        return words["kind"][kpi["kind"]]
    share = kpi["percentile"]
    return {0.5: "Median", 1.0: "Longest"}.get(share) or f"{share * 100:g}th percentile"


def _condition(domain):
    if not domain or domain == "[]":
        return "nothing is left out"
    return "`" + domain.replace("|", "\\|") + "`"


def _narrowed(kpi):
    names = ["company"]
    if kpi.get("site_field", True):
        names.append("site")
    if kpi.get("process_field"):
        names.append("process")
    return ", ".join(names)
