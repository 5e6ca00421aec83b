"""Addresses that a person is offered to open."""

from urllib.parse import urlsplit

LINK_LIMIT = 1000


def check_link(url):
    """Let an http or https address with a host through; None is none.

    Anything else may do harm where it is clicked: ``javascript:`` runs in the page, and
    a user name makes one host look like another.

    :return: the address
    :raise ValueError: saying what is expected
    """
    if url is None:
        return None
    if len(url) > LINK_LIMIT or not url.isprintable() or any(c in url for c in ' "<>\\^`{|}'):
        raise ValueError(
            f"an address of at most {LINK_LIMIT} characters without blanks is expected"
        )
    try:
        parts = urlsplit(url)
        # Asking for the port finds out whether it is one.
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        valid = False
    if not valid or parts.username is not None:
        raise ValueError("an http:// or https:// address with a host is expected")
    return url
