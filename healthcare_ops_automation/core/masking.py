"""Showing content without what its reader has no need to see."""

from .contract import PERSONAL, SECRET, SENSITIVITY_KEY

MASK = "•••"


def masked(value, schema, hidden):
    """A copy of the data in which hidden values are replaced.

    What the schema does not describe is replaced, too: nobody said that it may be shown.

    :param value: JSON value that should follow the schema
    :param dict schema: JSON Schema with tagged properties; None when it is not known
    :param hidden: sensitivities that the reader must not see
    """
    if schema is None:
        return MASK
    return _masked(value, [schema], schema.get("$defs", {}), frozenset(hidden))


def sensitivities(schema):
    """All the tags in a JSON Schema, those of nested contracts included."""
    if isinstance(schema, dict):
        own = schema.get(SENSITIVITY_KEY)
        found = {own} if isinstance(own, str) else set()
        return found.union(*(sensitivities(each) for each in schema.values()))
    if isinstance(schema, list):
        return set().union(*(sensitivities(each) for each in schema))
    return set()


def is_sensitive(schema):
    """Whether data of this schema may say something personal or secret; unknown ones may."""
    return schema is None or not sensitivities(schema).isdisjoint({PERSONAL, SECRET})


def _masked(value, described, definitions, hidden):
    """``described`` are the schemas that may hold for the value: hidden by one is hidden."""
    if value is None:
        return None
    if not described or any(each.get(SENSITIVITY_KEY) in hidden for each in described):
        return MASK
    options = [option for each in described for option in _options(each, definitions)]
    if any(option.get(SENSITIVITY_KEY) in hidden for option in options):
        return MASK
    if isinstance(value, dict):
        return {
            name: _masked(inner, _of_property(name, options), definitions, hidden)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _masked(inner, _of_item(position, options), definitions, hidden)
            for position, inner in enumerate(value)
        ]
    return value


def _options(described, definitions):
    """The schemas that a description stands for: references followed, alternatives opened."""
    if "$ref" in described:
        yield from _options(definitions[described["$ref"].rpartition("/")[2]], definitions)
    alternatives = [
        each for word in ("anyOf", "oneOf", "allOf") for each in described.get(word, ())
    ]
    for each in alternatives:
        yield from _options(each, definitions)
    if "$ref" not in described and not alternatives:
        yield described


def _of_property(name, options):
    found = []
    for option in options:
        if name in option.get("properties", {}):
            found.append(option["properties"][name])
        elif isinstance(option.get("additionalProperties"), dict):
            found.append(option["additionalProperties"])
    return found


def _of_item(position, options):
    found = []
    for option in options:
        fixed = option.get("prefixItems", [])
        if position < len(fixed):
            found.append(fixed[position])
        elif isinstance(option.get("items"), dict):
            found.append(option["items"])
    return found
