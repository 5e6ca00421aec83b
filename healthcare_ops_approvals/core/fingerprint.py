"""What of a document was approved, and how it differs from what stands there now.

A content is ``{"identity": {field: fact}, "measured": {field: fact}, "lines": {field: [{"identity":
[...], "measured": [...]}]}, "amount": float, "currency": id}``. Facts are what JSON can hold.
Lines have no ids: one that is taken out and put in again unchanged is the same.
"""

from odoo.addons.healthcare_ops_automation.core.digest import canonical_json, sha256_hex

AMOUNT = "amount"
# Part of the hash: another way of writing contents down never looks like the same content.
SCHEME = 1


def number(value):
    """A float as it is compared and hashed: what arithmetic adds behind ten digits is noise.

    >>> number(0.1 + 0.2) == number(0.3)
    True
    """
    return float(f"{value or 0.0:.10g}") + 0.0


def fingerprint(content):
    """SHA-256 over a content."""
    return sha256_hex(canonical_json([SCHEME, content]))


def identity_changes(before, after):
    """Names of the fields whose change is material whatever it costs, in order; a one2many when
    its lines are others.

    >>> one = {"identity": {"partner_id": 1}, "lines": {}, "currency": 1}
    >>> two = {"identity": {"partner_id": 2}, "lines": {}, "currency": 1}
    >>> identity_changes(one, two)
    ['partner_id']
    """
    old, new = before["identity"], after["identity"]
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    lines_before, lines_after = before["lines"], after["lines"]
    for name in {**lines_before, **lines_after}:
        if _identities(lines_before.get(name)) != _identities(lines_after.get(name)):
            changed.append(name)
    if before["currency"] != after["currency"] and "currency_id" not in changed:
        changed.append("currency_id")
    return changed


def measured_changes(before, after):
    """Names of the measured fields that differ, in order; a one2many for any in its lines."""
    old, new = before["measured"], after["measured"]
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    lines_before, lines_after = before["lines"], after["lines"]
    for name in {**lines_before, **lines_after}:
        if sort_lines(lines_before.get(name) or []) != sort_lines(lines_after.get(name) or []):
            changed.append(name)
    return changed


def sort_lines(lines):
    """Lines in an order that does not depend on where they stand."""
    return sorted(lines, key=canonical_json)


def _identities(lines):
    return sorted(canonical_json(line["identity"]) for line in lines or ())


def within_tolerance(baseline, amount, rate, percent, absolute):
    """Whether an amount is no more above its baseline than a policy lets pass.

    Both limits hold; with both at zero any increase is too much.

    :param float baseline: what was approved, in the document's currency
    :param float amount: what it is now, in the document's currency
    :param float rate: units of the policy's currency for one of the document's
    :param float percent: of the baseline
    :param float absolute: in the policy's currency

    >>> within_tolerance(100.0, 104.0, 1.0, 5.0, 10.0)
    True
    >>> within_tolerance(1000.0, 1040.0, 1.0, 5.0, 10.0)
    False
    >>> within_tolerance(100.0, 99.0, 1.0, 0.0, 0.0)
    True
    """
    increase = number(amount) - number(baseline)
    if number(increase) <= 0:
        return True
    in_percent = number(increase) <= number(abs(baseline) * percent / 100)
    return in_percent and number(increase * rate) <= number(absolute)
