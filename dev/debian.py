"""Odoo 19 out of Debian's archive, without root and without touching the machine's own apt.

Debian packages Odoo 19 in its suite sid. A private apt state in .local reads sid and bookworm
from the mirror the machine itself uses and checks their signatures; the packages are unpacked,
never installed. Debian replaced some fonts and scripts inside Odoo by links into other packages:
those come from bookworm, because sid's Font Awesome 7 has other names for the icons.
"""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from dev import paths, ui

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES_FOLDER = Path("usr/lib/python3/dist-packages")
PACKAGES = {
    "sid": ["odoo-19"],
    "bookworm": [
        "fonts-font-awesome",
        "fonts-inconsolata",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ],
}
SUITES = re.compile(
    r"(old)*stable|testing|unstable|sid|bullseye|bookworm|trixie|forky"  # not their -security
)


def unavailable() -> str | None:
    """Why this machine cannot use Debian's package, or None if it can."""
    if platform.system() != "Linux":
        return "this is not Linux"
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(program):
            return f"{program} is missing"
    if not KEYRING.exists():
        return "Debian's archive keyring is missing"
    return None if mirror() else "the machine's apt names no Debian mirror"


def mirror(folder: Path = Path("/etc/apt")) -> str | None:
    """The address of a Debian archive in the machine's own sources, in either format."""
    for file in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text(errors="replace")):
            lines = [line for line in stanza.splitlines() if not line.startswith("#")]
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.+)$", "\n".join(lines), re.MULTILINE))
            if fields.get("Enabled", "yes").strip() == "no":
                continue
            if found := _debian(fields.get("URIs", ""), fields.get("Suites", "")):
                return found
    for file in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if not file.exists():
            continue
        for line in file.read_text(errors="replace").splitlines():
            entry = re.match(r"\s*deb\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)\s+.*\bmain\b", line)
            if entry and (found := _debian(*entry.groups())):
                return found
    return None


def _debian(uris: str, suites: str) -> str | None:
    if not any(SUITES.fullmatch(suite) for suite in suites.split()):
        return None
    usable = [uri for uri in uris.split() if not uri.startswith("cdrom:")]
    return usable[0] if usable else None


def unpack(target: Path) -> None:
    """Download what is not yet there and unpack all of it into ``target``."""
    for suite, packages in PACKAGES.items():
        apt = _Apt(suite)
        apt.update()
        apt.download(packages)
    with ui.Step("unpacking Odoo") as step:
        target.mkdir(parents=True)
        archives = sorted(_archives().glob("*.deb"))
        for number, archive in enumerate(archives, 1):
            step.far = f"{number} of {len(archives)} packages"
            command = ["dpkg-deb", "-x", archive, target]
            ui.run_logged(command, paths.LOGS / "dpkg-deb.log", step)
    shutil.rmtree(paths.DOWNLOAD)


def _archives() -> Path:
    return paths.DOWNLOAD / "debs"


class _Apt:
    """apt-get with a state of its own for one suite."""

    def __init__(self, suite: str):
        self.suite = suite
        self.state = paths.DOWNLOAD / f"apt-{suite}"
        self.options = [
            f"-oDir::Etc::sourcelist={self.state}/sources.list",
            "-oDir::Etc::sourceparts=-",
            f"-oDir::State={self.state}",
            f"-oDir::State::lists={self.state}/lists",
            f"-oDir::State::status={self.state}/status",
            f"-oDir::Cache={self.state}/cache",
            "-oAcquire::Languages=none",
            "-oAcquire::Retries=3",
            "-oAPT::Get::List-Cleanup=false",
        ]
        if os.geteuid() == 0:  # apt's own user may not be able to enter the clone
            self.options.append("-oAPT::Sandbox::User=root")

    def update(self) -> None:
        for folder in ("lists/partial", "cache/archives/partial"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        (self.state / "status").touch()
        source = f"deb [signed-by={KEYRING}] {mirror()} {self.suite} main\n"
        (self.state / "sources.list").write_text(source)
        with ui.Step(f"list of Debian's suite {self.suite}") as step:
            # --error-on=any: a mirror that does not answer must not look like an empty suite.
            command = ["apt-get", *self.options, "update", "--error-on=any"]
            log = paths.LOGS / f"apt-{self.suite}.log"
            ui.run_logged(command, log, step, far=lambda line: line[:60])

    def download(self, packages: list[str]) -> None:
        """apt-get leaves files alone that are whole and goes on with those that are not."""
        _archives().mkdir(parents=True, exist_ok=True)
        sizes = self._sizes(packages)
        total = sum(sizes.values())

        def far() -> str:
            found = sum(f.stat().st_size for f in _archives().iterdir() if f.name in sizes)
            return f"{found / 1e6:.0f} of {total / 1e6:.0f} MB"

        with ui.Step(f"download of {', '.join(packages[:2])} ({total / 1e6:.0f} MB)") as step:
            step.poll = far
            command = ["apt-get", *self.options, "download", *packages]
            log = paths.LOGS / f"apt-{self.suite}.log"
            ui.run_logged(command, log, step, cwd=_archives())

    def _sizes(self, packages: list[str]) -> dict[str, int]:
        """File name -> bytes, as apt would download them."""
        command = ["apt-get", *self.options, "download", "--print-uris", *packages]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=_archives())
        if answer.returncode:
            raise ui.Failure(
                f"the mirror has no {' or '.join(packages)} in {self.suite}: "
                f"{ui.telling_line(answer.stderr.splitlines())}",
                "run the command again, or set ODOO_PATH",
            )
        return {name: int(size) for name, size in re.findall(r"' (\S+) (\d+) ", answer.stdout)}
