"""Install n8n and the Node it needs into .local/n8n, once: npm, pinned versions, no root.

``--ignore-scripts`` leaves out what would be compiled or downloaded from elsewhere (SQLite's
driver above all), which is why n8n works on PostgreSQL here.
"""

import json
import os
import shutil
from pathlib import Path

from dev import node as find_node
from dev import paths, stamps, ui

FOLDER = paths.LOCAL / "n8n"
PACKAGE = paths.ROOT / "dev" / "n8n" / "package.json"
NODE_VERSION = "24.9.0"  # n8n 2 asks for 24 or newer
NODE_FOLDER = FOLDER / "node"
NODE = NODE_FOLDER / "node_modules" / "node" / "bin" / "node"
PROGRAM = FOLDER / "node_modules" / "n8n" / "bin" / "n8n"
STAMP = "n8n"
GIB = 1024**3
ROOM = 4 * GIB  # 2.8 installed, the rest for npm's cache


def version() -> str:
    return json.loads(PACKAGE.read_text(encoding="utf-8"))["dependencies"]["n8n"]


def key() -> str:
    return stamps.fingerprint(PACKAGE, NODE_VERSION)


def is_done() -> bool:
    return stamps.read(STAMP) == key() and PROGRAM.exists() and NODE.exists()


def ensure() -> None:
    """Have n8n in .local/n8n; what an interrupted installation fetched is used again."""
    if is_done():
        return
    _check_room()
    stamps.forget(STAMP)
    node, npm = find_node.ensure(paths.PYTHON)
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    with ui.Step(f"Node {NODE_VERSION}, for n8n") as step:
        (NODE_FOLDER / "package.json").write_text('{"private": true}\n')
        _npm(npm, [f"node@{NODE_VERSION}"], NODE_FOLDER, env, step)
    with ui.Step(f"n8n {version()}, once (about 5 minutes, 2.8 GB)") as step:
        shutil.copy(PACKAGE, FOLDER / "package.json")
        _npm(npm, ["--ignore-scripts"], FOLDER, env, step)
    if not (PROGRAM.exists() and NODE.exists()):
        raise ui.Failure("npm ended well and installed no n8n", "make clean, then make n8n again")
    stamps.write(STAMP, key())


def _npm(npm: list, arguments: list[str], folder: Path, env: dict, step: ui.Step) -> None:
    fetched = 0

    def far(line: str) -> str | None:
        nonlocal fetched
        if "http fetch" in line or "http cache" in line:
            fetched += 1
            return f"{fetched} answers of the registry"
        return None

    step.poll = lambda: f"{step.far or 'beginning'}, {_packages(folder)} packages unpacked"
    command = [*npm, "install", *arguments, "--no-audit", "--no-fund", "--no-package-lock"]
    command += ["--loglevel=http", "--fetch-retries=5"]
    log = paths.LOGS / f"npm-{folder.name}.log"
    try:
        ui.run_logged(command, log, step, far, env=env, cwd=folder)
    except ui.Failure as failure:
        raise ui.Failure(
            f"npm could not install {step.title.split(',')[0]}: {failure.problem}",
            f"see {paths.shown(log)}; make n8n resumes. npm needs a registry it can reach "
            "(npm ping) and, for n8n, 4 GB of disk",
        ) from failure


def _packages(folder: Path) -> int:
    modules = folder / "node_modules"
    return len(os.listdir(modules)) if modules.is_dir() else 0


def _check_room() -> None:
    free = shutil.disk_usage(paths.ROOT).free
    if free < ROOM:
        raise ui.Failure(
            f"the disk has {free / GIB:.1f} GB free, n8n needs {ROOM / GIB:.0f} GB",
            f"free some space where {paths.ROOT} lives, then run the command again",
        )
