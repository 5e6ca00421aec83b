"""Filters that administrators choose with Odoo's own editor."""

from ast import literal_eval

from odoo.exceptions import ValidationError
from odoo.fields import Domain


def parse_domain(env, text, label):
    """The domain that a filter's text says; nothing in it is evaluated.

    Relative dates are Odoo's own words, such as ``today -3d``.

    :param str label: of the field that holds the filter, for the message
    :raise ValidationError: when it is no domain
    """
    try:
        return Domain(literal_eval(text or "[]"))
    except (ValueError, SyntaxError, TypeError) as error:
        raise ValidationError(
            env._(
                "%(label)s: “%(text)s” is no filter. Use the editor, and dates such as today -3d.",
                label=label,
                text=text,
            )
        ) from error


def watched_fields(model, domains):
    """Names of the stored fields of ``model`` whose change may change what matches.

    Of a computed field that is not stored, what it is computed from. What changes on a
    related record alone is not seen by this.
    """
    waiting = [
        condition.field_expr.split(".")[0]
        for domain in domains
        for condition in domain.iter_conditions()
    ]
    found, seen = set(), set()
    while waiting:
        name = waiting.pop()
        field = model._fields.get(name)
        if field is None or name in seen:
            continue
        seen.add(name)
        if field.store:
            found.add(name)
        else:
            waiting += [path.split(".")[0] for path in model.pool.field_depends[field]]
    return found
