"""One HTTP/1.1 connection to a checked address, with a deadline over everything it does.

A socket's timeout counts each operation anew, so a receiver that drips one byte at a time
would never run into it. Here every operation gets what is left until the deadline.
"""

import http.client
import io
import select
import socket
import ssl
import time
from functools import lru_cache

from .network import checked

RESPONSE_LIMIT = 16 * 1024


class NotConnected(Exception):
    """No connection within the time for connecting."""


class Stale(Exception):
    """A kept connection turned out to be closed before anything was answered on it."""


@lru_cache(maxsize=64)
def tls_context(verify, ca):
    """How TLS is spoken: reading the certificate authorities takes some 20 ms, so once.

    :param bool verify: whether the receiver's certificate must be valid
    :param str ca: certificate authorities in PEM, empty for the public ones
    """
    # A text must be ASCII; what else stands around certificates in PEM is passed over.
    context = ssl.create_default_context(cadata=ca.encode("ascii", "replace").decode() or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """A connection that may carry several requests, one after the other.

    :param target: :class:`~.target.Target`
    :param place: ``(scheme, host, port)``
    :param resolver: :class:`~.network.Resolver`
    :param float deadline: on the monotonic clock
    :raise AddressRefused: when the name leads to an address that may not be called
    :raise NotConnected: when there was no connection in time
    :raise OSError: when the connection or TLS failed
    """

    def __init__(self, target, place, resolver, deadline):
        scheme, host, port = place
        connect_by = min(deadline, time.monotonic() + target.connect_timeout)
        try:
            self._channel = _Channel(_connect(target, host, port, resolver, connect_by))
            if scheme == "https":
                self._channel.wrap(target, host, connect_by)
        except TimeoutError as error:
            raise NotConnected from error
        self._http = http.client.HTTPConnection(host, port)
        self._http.sock = self._channel
        self._http.auto_open = 0
        self.used = False
        self.reusable = False
        self.idle_since = 0.0

    def post(self, path, headers, body, deadline):
        """POST once; return status, headers and the start of the answer.

        :raise Stale: when a kept connection was closed before it answered
        :raise TimeoutError: when the answer was not complete by the deadline
        :raise OSError, http.client.HTTPException: when the connection broke
        """
        self._channel.deadline = deadline
        try:
            self._http.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                self._http.putheader(name, value)
            self._http.endheaders(body)
            response = self._http.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            if self.used and not self._channel.answered:
                raise Stale from error
            raise
        data = response.read(RESPONSE_LIMIT)
        self.used = True
        # After an interim answer (1xx) other than 100 the real one is still to come.
        is_final = response.status >= http.client.OK
        self.reusable = is_final and response.isclosed() and not response.will_close
        response.close()
        return response.status, response.headers, data

    def still_open(self):
        """Whether it can be used again: readable without a question means closed, or worse."""
        return not select.select([self._channel.sock], [], [], 0)[0]

    def close(self):
        self._channel.sock.close()


def _connect(target, host, port, resolver, connect_by):
    """A socket to the first address that takes the connection; all of them are checked."""
    timeout = _remaining(connect_by)
    addresses = checked(host, resolver.addresses(host, timeout), target.networks)
    for position, address in enumerate(addresses):
        # What is left is shared among the addresses left, so that a dead first one does not
        # use up the time of the others.
        share = _remaining(connect_by) / (len(addresses) - position)
        try:
            sock = socket.create_connection((address, port), share)
        except OSError:
            if position == len(addresses) - 1:
                raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise NotConnected


def _remaining(deadline):
    """Seconds until the deadline.

    :raise TimeoutError: when there are none
    """
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


class _Channel:
    """What http.client takes for a socket: sends at once, reads until the deadline."""

    def __init__(self, sock):
        self.sock = sock
        self.deadline = 0.0
        self.answered = False
        self._unsent = []

    def wrap(self, target, host, connect_by):
        context = tls_context(target.verify_tls, target.ca)
        self.sock.settimeout(_remaining(connect_by))
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        except BaseException:
            self.sock.close()
            raise

    def sendall(self, data):
        """Keep it: head and body go out together, in one packet where they fit."""
        self._unsent.append(data)

    def makefile(self, _mode):
        data = memoryview(b"".join(self._unsent))
        self._unsent.clear()
        self.answered = False
        while data:
            self.sock.settimeout(_remaining(self.deadline))
            data = data[self.sock.send(data) :]
        return io.BufferedReader(_Reader(self))

    def close(self):
        """http.client closes what will not be used again before the answer is read."""


class _Reader(io.RawIOBase):
    """Reads from the channel; what is left until the deadline is each read's timeout."""

    def __init__(self, channel):
        self._channel = channel

    def readable(self):
        return True

    def readinto(self, buffer):
        self._channel.sock.settimeout(_remaining(self._channel.deadline))
        count = self._channel.sock.recv_into(buffer)
        self._channel.answered = self._channel.answered or count > 0
        return count
