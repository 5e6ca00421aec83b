"""What administrators write: filters, and texts with fields in them.

Each is checked twice: that it can be understood (in constraints), and that who wrote it may read
what it asks for (with the writer's own rights), because the engine evaluates it as superuser.
"""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date, format_datetime, html2plaintext

from ..core.composed import LISTS, TYPES
from ..core.placeholders import Placeholder, parse
from ..core.wording import Told
from .domains import parse_domain
from .wording import in_words

ENGINE = "healthcare_ops_automation"
# Records of the engine that people work with; its other tables would act upon themselves.
WORKED_ON = ("ops.site", "ops.exception")


def may_be_subject(env, model_name, of_engine=WORKED_ON):
    """Whether something can be set up about records of this model.

    :param of_engine: which of the engine's own models count
    """
    model = env.get(model_name)
    if model is None or model._abstract or model._transient or not model._auto:
        return False
    return model._original_module != ENGINE or model_name in of_engine


def available_models(env, of_engine=WORKED_ON):
    """The ``ir.model`` of subjects that the user may read."""
    allowed = env["ir.model.access"]._get_allowed_models()
    # sudo: the names of models which the user may read
    kinds = env["ir.model"].sudo().search([("model", "in", list(allowed))])
    return kinds.filtered(lambda each: may_be_subject(env, each.model, of_engine))


def enters_all_companies(env):
    """Whether the user may enter every company there is."""
    # sudo: which companies there are, to compare with those the user may enter
    companies = env["res.company"].sudo().search([("active", "=", True)])
    return env.su or not companies - env.user.company_ids


def default_company(env):
    """The company for which the user sets something up: none, which means every company, only
    where the user may enter all."""
    return env["res.company"] if enters_all_companies(env) else env.company


def check_companies(records):
    """Refuse what would work in a company that the user may not enter, because the engine
    works there as superuser. Called with the rights of whoever writes.

    :param records: with ``company_id``; empty means every company
    :raise UserError: naming the field
    """
    env = records.env
    if env.su:
        return
    foreign = records.sudo().company_id - env.user.company_ids  # sudo: to compare them
    if foreign:
        raise UserError(
            env._(
                "Company: you are not allowed in %s. Somebody who is can set this up.",
                ", ".join(foreign.mapped("name")),
            )
        )
    if not all(each.company_id for each in records.sudo()) and not enters_all_companies(env):
        raise UserError(
            env._(
                "Company: what has no company is for the records of every company. Only "
                "somebody allowed in all of them can set it up; choose a company."
            )
        )


def check_domain(model, text, label):
    """Refuse a domain that means nothing on the model.

    :raise ValidationError: naming the label and what is wrong
    """
    domain = parse_domain(model.env, text, label)
    try:
        domain.validate(model)
    except (ValueError, KeyError) as error:
        raise ValidationError(
            model.env._(
                "%(label)s: the filter does not fit “%(model)s”: %(problem)s",
                label=label,
                model=model._description,
                problem=error,
            )
        ) from error


def check_domain_readable(model, text, label):
    """Refuse a domain about what the user may not read.

    :raise AccessError: naming the label and the field
    """
    try:
        model._search(parse_domain(model.env, text, label))  # builds the SQL only
    except AccessError as error:
        raise AccessError(
            model.env._(
                "%(label)s: the filter asks for what you may not read. %(problem)s",
                label=label,
                problem=error,
            )
        ) from error


def placeholders(env, text, label):
    """The placeholders in a text.

    :raise ValidationError: for one that names no field
    """
    try:
        return [part for part in parse(text) if isinstance(part, Placeholder)]
    except Told as error:
        raise ValidationError(
            env._("%(label)s: %(problem)s", label=label, problem=in_words(env, error))
        ) from error


def field_chain(model, path, label):
    """The way to a value: a list of (model, field), the last of which holds it.

    :raise ValidationError: for a path that leads nowhere, or to what cannot be put in words
    """
    chain = []
    *relations, last = path.split(".")
    for name in (*relations, last):
        field = model._fields.get(name)
        if field is None:
            raise ValidationError(
                model.env._(
                    "%(label)s: “%(model)s” has no field “%(name)s”.",
                    label=label,
                    model=model._description,
                    name=name,
                )
            )
        chain.append((model, field))
        if len(chain) <= len(relations):
            if field.type != "many2one":
                raise ValidationError(
                    model.env._(
                        "%(label)s: “%(path)s” follows “%(name)s”, which is no relation to one "
                        "record.",
                        label=label,
                        path=path,
                        name=name,
                    )
                )
            model = model.env[field.comodel_name]
    if chain[-1][1].type not in TYPES:
        raise ValidationError(
            model.env._("%(label)s: “%(path)s” cannot be put in words.", label=label, path=path)
        )
    return chain


def check_text(model, text, label):
    """Refuse a text whose placeholders lead nowhere.

    :raise ValidationError: naming the label and what is wrong
    """
    for each in placeholders(model.env, text, label):
        field_chain(model, each.path, label)


def check_text_readable(model, text, label):
    """Refuse placeholders for what the user may not read.

    :raise AccessError: naming the field
    """
    for each in placeholders(model.env, text, label):
        for owner, field in field_chain(model, each.path, label):
            check_field(owner, field, "read", label)


def check_field(model, field, operation, label):
    """Refuse a field that the user may not read or write.

    :raise AccessError: naming the field
    """
    if model.has_access(operation) and model._has_field_access(field, operation):
        return
    named = {"label": label, "field": field._description_string(model.env)}
    if operation == "read":
        raise AccessError(
            model.env._(
                "%(label)s: you may not read “%(field)s” of “%(model)s”, so you cannot choose it. "
                "Somebody who may can add it.",
                model=model._description,
                **named,
            )
        )
    raise AccessError(
        model.env._(
            "%(label)s: you may not change “%(field)s” of “%(model)s”, so you cannot have it "
            "changed. Somebody who may can add it.",
            model=model._description,
            **named,
        )
    )


def fill_in(record, text, tz="UTC"):
    """The text with the record's values in it, read with the rights of ``record``.

    :param str tz: the time zone in which moments are told
    """
    filled = []
    for part in parse(text):
        if isinstance(part, Placeholder):
            part = _value_in_words(record, part.path, tz) or part.fallback
        filled.append(part)
    return "".join(filled)


def _value_in_words(record, path, tz):
    *relations, (_model, field) = field_chain(record, path, record.env._("Text"))
    for _model, relation in relations:
        record = record[relation.name]
    if not record:
        return ""
    value = record[field.name]
    env = record.env
    if field.type == "boolean":
        return env._("Yes") if value else env._("No")
    if field.type in ("integer", "float", "monetary"):
        return str(value)
    if not value:
        return ""
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, str(value))
    if field.type == "many2one":
        return value.display_name or ""
    if field.type in LISTS:
        return ", ".join(value.mapped("display_name"))
    if field.type == "datetime":
        return f"{format_datetime(env, value, tz=tz)} ({tz})"
    if field.type == "date":
        return format_date(env, value)
    return html2plaintext(value) if field.type == "html" else str(value)
