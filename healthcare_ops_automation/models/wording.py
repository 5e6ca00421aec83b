"""What core tells, in the reader's language."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# The texts of core.wording.ENGLISH once more: here they are found for translation.
TEXTS = {
    "network_invalid": _lt("“%(entry)s” is no network; write one such as 10.0.0.0/8"),
    "network_host_bits": _lt("%(entry)s has host bits set; write one such as 10.0.0.0/8"),
    "address_metadata": _lt("%(address)s is a cloud metadata service."),
    "address_not_public": _lt(
        "%(address)s is not a public address, and its network is not among the allowed ones."
    ),
    "name_unknown": _lt("The host name “%(host)s” cannot be resolved."),
    "name_without_address": _lt("The host name “%(host)s” has no address."),
    "secret_no_base64": _lt("it must be “whsec_” followed by base64"),
    "secret_length": _lt("it must hold 24 to 64 bytes, in base64 after “whsec_”"),
    "schedule_no_numbers": _lt("whole numbers of seconds, separated by commas"),
    "schedule_out_of_range": _lt("each delay is from 1 second to one week (604800)"),
    "placeholder_no_field": _lt("“%(entry)s” names no field; write one such as {{ object.name }}"),
}


def in_words(env, told):
    """Say a :class:`~core.wording.Told` in the language of ``env``."""
    text = env._(TEXTS[told.code])
    return text % told.facts
