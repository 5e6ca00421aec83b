"""Which nodes and versions the pinned n8n knows: ``dev/n8n/node_types.json``.

The linter of the workflows needs it where n8n is not installed. ``python3 -m dev.n8n.node_types``
writes it anew from the installed n8n; ``make test-n8n`` fails when it is out of date.
"""

import json
import sys

from dev import paths, ui

from . import install

FILE = paths.ROOT / "dev" / "n8n" / "node_types.json"
SOURCE = install.FOLDER / "node_modules" / "n8n-nodes-base" / "dist" / "types" / "nodes.json"


def known() -> dict[str, list[float]]:
    """Versions by type, such as ``n8n-nodes-base.code``."""
    return json.loads(FILE.read_text(encoding="utf-8"))["types"]


def installed() -> dict:
    """What the installed n8n knows, as the file has it."""
    types: dict[str, set] = {}
    for node in json.loads(SOURCE.read_text(encoding="utf-8")):
        versions = node["version"] if isinstance(node["version"], list) else [node["version"]]
        types.setdefault(f"n8n-nodes-base.{node['name']}", set()).update(versions)
    return {
        "n8n": install.version(),
        "types": {name: sorted(versions) for name, versions in sorted(types.items())},
    }


def written(content: dict) -> str:
    """One line a type."""
    lines = [f'    "{name}": {json.dumps(found)}' for name, found in content["types"].items()]
    body = ",\n".join(lines)
    return f'{{\n  "n8n": "{content["n8n"]}",\n  "types": {{\n{body}\n  }}\n}}\n'


def require_current() -> None:
    if FILE.read_text(encoding="utf-8") != written(installed()):
        raise ui.Failure(
            "dev/n8n/node_types.json is not what the installed n8n knows",
            "python3 -m dev.n8n.node_types writes it anew",
        )


if __name__ == "__main__":
    FILE.write_text(written(installed()), encoding="utf-8")
    sys.exit(0)
