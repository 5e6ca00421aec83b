import ipaddress
import socket

from odoo.tests import BaseCase

from ..core.network import AddressRefused, parse_networks, refusal, resolve


def _lookup(*addresses):
    def lookup(host, port, type):
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in addresses]

    return lookup


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
            resolve("host", 443, [], _lookup("93.184.216.34", "10.0.0.1"))

    def test_name_is_resolved_to_the_address_that_was_checked(self):
        address = resolve("host", 443, [], _lookup("93.184.216.34", "93.184.216.35"))
        self.assertEqual(address, "93.184.216.34")

    def test_unknown_name_is_said(self):
        def lookup(*args, **kwargs):
            raise socket.gaierror

        with self.assertRaisesRegex(AddressRefused, "cannot be resolved"):
            resolve("nowhere.invalid", 443, [], lookup)
