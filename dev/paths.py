"""Where things are: the repository, its ignored folder, its Odoo modules."""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
STATE = LOCAL / "state"  # stamps and pid files
LOGS = LOCAL / "log"
DOWNLOAD = LOCAL / "download"
VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
ODOO = LOCAL / "odoo"  # the unpacked package or the clone
DATA = LOCAL / "data"  # Odoo's data_dir: filestore and sessions
PGDATA = LOCAL / "pgdata"
BIN = LOCAL / "bin"
LINT = LOCAL / "lint"

# Folders that may hold Odoo modules; also the suite's part of addons_path.
ADDONS = (ROOT, ROOT / "addons")


def shown(path: Path) -> str:
    """A path as a person should read it: relative to the clone where possible."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)


def clone_id() -> str:
    """Six characters that tell this clone from others on the same database server."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


@cache
def modules() -> dict[str, Path]:
    """The suite's modules by name, dependencies first."""
    found = {
        manifest.parent.name: manifest.parent
        for folder in ADDONS
        for manifest in sorted(folder.glob("*/__manifest__.py"))
    }
    ordered: dict[str, Path] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in found:
            return
        for dependency in manifest_of(found[name]).get("depends", []):
            visit(dependency)
        ordered[name] = found[name]

    for name in found:
        visit(name)
    return ordered


def manifest_of(module: Path) -> dict:
    return ast.literal_eval((module / "__manifest__.py").read_text(encoding="utf-8"))


def odoo_dependencies() -> list[str]:
    """The modules of Odoo itself that the suite's manifests ask for."""
    ours = modules()
    wanted = {name for path in ours.values() for name in manifest_of(path).get("depends", [])}
    return sorted(wanted - set(ours))
