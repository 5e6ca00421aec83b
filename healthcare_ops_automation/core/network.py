"""Which addresses may be called: the guard against server-side request forgery.

A name is resolved once, every address it gives is checked, and the connection goes to a
checked address. Public addresses are allowed; private, loopback, link-local, shared,
reserved and multicast ones only when the endpoint lists their network (n8n usually runs
in a private one). Addresses wrapped in IPv6 are checked as what they carry.
"""

import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoResult

from .wording import InvalidSetting, Told

NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not for the public, though Python 3.11 does not know all of them: site-local IPv6 (RFC 3879),
# IETF protocol assignments (RFC 6890; Oracle's metadata service), documentation (RFC 9637).
NOT_PUBLIC = [ipaddress.ip_network(text) for text in ("fec0::/10", "192.0.0.0/24", "3fff::/20")]
# Cloud metadata services: never a receiver, whatever an endpoint lists.
METADATA = {ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254")}


class AddressRefused(Told):
    """The receiver's name leads to an address that may not be called; says why."""


def parse_networks(text):
    """The networks in a text of CIDR notations, one a line or separated by commas.

    :raise InvalidSetting: naming the entry that is no network
    """
    networks = []
    entries = (entry.strip() for entry in (text or "").replace(",", "\n").splitlines())
    for entry in filter(None, entries):
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError as error:
            host_bits = "host bits" in str(error)
            code = "network_host_bits" if host_bits else "network_invalid"
            raise InvalidSetting(code, entry=entry) from error
    return networks


def effective_address(address):
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one, else the address."""
    if address.version == 4:
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def refusal(address, networks):
    """Why ``address`` may not be called, as a code of core.wording; None when it may.

    :param address: ``ipaddress`` address as resolved
    :param networks: the endpoint's listed networks
    """
    inner = effective_address(address)
    if inner in METADATA:
        return "address_metadata"
    if any(inner in network for network in networks if network.version == inner.version):
        return None
    if any(inner in network for network in NOT_PUBLIC):
        return "address_not_public"
    if not inner.is_global or inner.is_multicast or inner.is_reserved:
        return "address_not_public"
    return None


def checked(host, addresses, networks):
    """The addresses of ``host``, each of which may be called.

    :raise AddressRefused: when any of them may not, or there is none
    """
    for text in addresses:
        code = refusal(ipaddress.ip_address(text), networks)
        if code:
            raise AddressRefused(code, address=text)
    if not addresses:
        raise AddressRefused("name_without_address", host=host)
    return addresses


class Resolver:
    """Host names to addresses, within a time; for threads to share.

    The system's resolver knows no timeout, so it works in a thread of its own, one a name:
    who waits for it waits no longer than wanted. What was found is kept for a moment, so
    that a burst to one receiver asks once.

    :param lookup: as :func:`socket.getaddrinfo`
    :param float keep: seconds
    """

    def __init__(self, lookup=None, keep=10.0):
        self._lookup = lookup or socket.getaddrinfo
        self._keep = keep
        self._asked = {}
        self._lock = threading.Lock()

    def addresses(self, host, timeout):
        """Every address of ``host``, as texts without duplicates.

        :param float timeout: seconds
        :raise AddressRefused: when the name is unknown
        :raise TimeoutError: when there is no answer in time
        """
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            future = self._ask(host)
        try:
            found = future.result(timeout)
        except NoResult as error:
            raise TimeoutError from error
        except (OSError, UnicodeError) as error:
            raise AddressRefused("name_unknown", host=host) from error
        return list(dict.fromkeys(entry[4][0].split("%")[0] for entry in found))

    def _ask(self, host):
        """The future of a question about ``host``: one that is under way or still fresh."""
        now = time.monotonic()
        with self._lock:
            future, until = self._asked.get(host, (None, 0))
            if future and (now < until or not future.done()):
                return future
            future = Future()
            self._asked[host] = future, now + self._keep
        threading.Thread(
            target=self._answer, args=(host, future), name="ops-resolve", daemon=True
        ).start()
        return future

    def _answer(self, host, future):
        try:
            future.set_result(self._lookup(host, None, type=socket.SOCK_STREAM))
        except Exception as error:
            with self._lock:
                self._asked.pop(host, None)  # a failure is asked again
            future.set_exception(error)
