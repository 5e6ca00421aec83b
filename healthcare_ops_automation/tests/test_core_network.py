import ipaddress
import socket
import threading
import time

from odoo.tests import BaseCase

from ..core.network import AddressRefused, Resolver, checked, parse_networks, refusal


def _found(*addresses):
    """What ``socket.getaddrinfo`` answers."""
    kind = socket.SOCK_STREAM
    return [(socket.AF_INET, kind, 6, "", (address, 0)) for address in addresses]


def _lookup(*addresses):
    return lambda *_args, **_kwargs: _found(*addresses)


class TestNetwork(BaseCase):
    def _refused(self, text, networks=""):
        return refusal(ipaddress.ip_address(text), parse_networks(networks))

    def test_public_addresses_may_be_called(self):
        for text in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"):
            self.assertIsNone(self._refused(text), text)

    def test_inner_addresses_may_not_be_called(self):
        for text in (
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.1.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "fec0::1",
            "192.0.0.192",
            "3fff::1",
        ):
            self.assertTrue(self._refused(text), text)

    def test_inner_addresses_in_ipv6_clothes_may_not_be_called(self):
        for text in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.1.2.3"):
            self.assertTrue(self._refused(text), text)

    def test_listed_networks_may_be_called(self):
        self.assertIsNone(self._refused("10.20.1.2", "10.20.0.0/16"))
        self.assertTrue(self._refused("10.21.1.2", "10.20.0.0/16"))
        self.assertIsNone(self._refused("::1", "10.0.0.0/8\n::1/128"))

    def test_metadata_service_may_never_be_called(self):
        for text in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"):
            self.assertEqual("address_metadata", self._refused(text, "0.0.0.0/0\n::/0"))

    def test_network_that_is_none_is_named(self):
        with self.assertRaisesRegex(ValueError, "10.0.0.300"):
            parse_networks("10.0.0.0/8\n10.0.0.300")

    def test_one_bad_address_among_several_refuses_the_name(self):
        with self.assertRaisesRegex(AddressRefused, "10.0.0.1"):
            checked("host", ["93.184.216.34", "10.0.0.1"], [])
        with self.assertRaisesRegex(AddressRefused, "no address"):
            checked("host", [], [])


class TestResolver(BaseCase):
    def test_every_address_of_a_name_is_given_once(self):
        resolver = Resolver(_lookup("93.184.216.34", "93.184.216.35", "93.184.216.34"))
        self.assertEqual(resolver.addresses("host", 1), ["93.184.216.34", "93.184.216.35"])

    def test_address_needs_no_lookup(self):
        resolver = Resolver(self._must_not_be_asked)
        self.assertEqual(resolver.addresses("10.0.0.1", 1), ["10.0.0.1"])
        self.assertEqual(resolver.addresses("::1", 1), ["::1"])

    @staticmethod
    def _must_not_be_asked(*_args, **_kwargs):
        raise AssertionError("the name service was asked")

    def test_unknown_name_is_said_and_asked_again(self):
        answers = [socket.gaierror(), _found("93.184.216.34")]

        def lookup(*_args, **_kwargs):
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        resolver = Resolver(lookup)
        with self.assertRaisesRegex(AddressRefused, "cannot be resolved"):
            resolver.addresses("nowhere.invalid", 1)
        self.assertEqual(resolver.addresses("nowhere.invalid", 1), ["93.184.216.34"])

    def test_burst_to_one_name_asks_once_and_later_anew(self):
        asked = []

        def lookup(host, *_args, **_kwargs):
            asked.append(host)
            return _found("93.184.216.34")

        resolver = Resolver(lookup, keep=60)
        for _attempt in range(3):
            resolver.addresses("host", 1)
        self.assertEqual(asked, ["host"])
        forgetful = Resolver(lookup, keep=0)
        forgetful.addresses("host", 1)
        forgetful.addresses("host", 1)
        self.assertEqual(len(asked), 3)

    def test_name_service_that_hangs_is_not_waited_for(self):
        release = threading.Event()
        self.addCleanup(release.set)
        resolver = Resolver(lambda *_args, **_kwargs: release.wait(10))
        started = time.monotonic()
        with self.assertRaises(TimeoutError):
            resolver.addresses("slow", 0.1)
        self.assertLess(time.monotonic() - started, 5)
