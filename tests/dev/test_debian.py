"""The machine's own Debian mirror is found in both formats of apt's sources."""

import pytest

from dev import debian

DEB822 = """\
# the distribution
Types: deb
# a comment inside
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
OTHERS = "deb [arch=amd64 signed-by=/x.gpg] https://vendor.example/apt nodistro main\n"
ONE_LINE = "deb [signed-by=/x.gpg] https://one.example/debian trixie main contrib\n"
SECURITY = "deb https://sec.example/debian-security bookworm-security main\n"
UBUNTU = "deb https://mirror.example/ubuntu noble main universe\n"
CDROM = "deb cdrom:[Debian] bookworm main\n"


@pytest.fixture
def apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_deb822(apt):
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert debian.mirror(apt) == "https://mirror.example/debian"


def test_switched_off_stanza_is_not_used(apt):
    (apt / "sources.list.d" / "debian.sources").write_text("Enabled: no\n" + DEB822[19:])
    assert debian.mirror(apt) is None


def test_one_line_format_behind_other_vendors(apt):
    (apt / "sources.list.d" / "a.list").write_text(OTHERS)
    (apt / "sources.list").write_text(CDROM + SECURITY + ONE_LINE)
    assert debian.mirror(apt) == "https://one.example/debian"


@pytest.mark.parametrize("source", [OTHERS, SECURITY, UBUNTU, CDROM, ""])
def test_what_is_no_debian_archive_is_not_taken_for_one(apt, source):
    (apt / "sources.list").write_text(source)
    assert debian.mirror(apt) is None
