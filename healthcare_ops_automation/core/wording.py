"""What core has to say to people: a code and its facts, besides the text in English.

Core knows no reader and so no language: threads and other systems get the English text. Where
a person reads it, the models say it in that person's language (``models/wording.py``, which
must know each code).
"""

ENGLISH = {
    "network_invalid": "“%(entry)s” is no network; write one such as 10.0.0.0/8",
    "network_host_bits": "%(entry)s has host bits set; write one such as 10.0.0.0/8",
    "address_metadata": "%(address)s is a cloud metadata service.",
    "address_not_public": "%(address)s is not a public address, and its network is not among "
    "the allowed ones.",
    "name_unknown": "The host name “%(host)s” cannot be resolved.",
    "name_without_address": "The host name “%(host)s” has no address.",
    "secret_no_base64": "it must be “whsec_” followed by base64",
    "secret_length": "it must hold 24 to 64 bytes, in base64 after “whsec_”",
    "schedule_no_numbers": "whole numbers of seconds, separated by commas",
    "schedule_out_of_range": "each delay is from 1 second to one week (604800)",
    "placeholder_no_field": "“%(entry)s” names no field; write one such as {{ object.name }}",
}


class Told(Exception):
    """An error that a person may read.

    :param str code: one of ``ENGLISH``
    :param facts: what its text names
    """

    def __init__(self, code, **facts):
        super().__init__(ENGLISH[code] % facts)
        self.code = code
        self.facts = facts


class InvalidSetting(Told, ValueError):
    """What somebody entered cannot be used."""
