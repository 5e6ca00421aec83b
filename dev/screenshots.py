"""Pictures of the running app for the README: ``make screenshots``.

Plays the supply story first, so that there is something to see, then signs in as users of
the demo network and writes PNG files of one size and always the same names.
"""

import argparse
import io
import json
import sys
from dataclasses import dataclass

from dev import browser, paths, target, ui

FOLDER = paths.ROOT / "docs" / "images"
LOGINS = paths.ROOT / "addons" / "healthcare_ops_demo" / "logins.json"
SIZE = {"width": 1440, "height": 900}
# A screen of text and icons needs no more; files shrink to a third.
COLOURS = 256
PATIENCE_MS = 60_000
# Nothing that moves, and no cursor in a field.
CALM = "*, *::before, *::after { animation: none !important; transition: none !important; \
caret-color: transparent !important; }"
# The network is never idle: the web client keeps a connection for notifications.
COMPLETE = """() => document.fonts.status === "loaded"
    && !document.querySelector(".o_loading_indicator")
    && [...document.images].every((image) => image.complete)"""
SETTLE_MS = 500


@dataclass(frozen=True)
class Picture:
    """A file, who looks, at which address, and what must be there before it is taken.

    ``path`` may name a link of the story's second act, such as ``{event}``; ``click`` is
    clicked before ``ready`` is waited for.
    """

    name: str
    login: str
    path: str
    ready: str
    click: str | None = None


ENGINE = "/odoo/action-healthcare_ops_automation"
SUPPLY = "/odoo/action-healthcare_ops_supply"
DASHBOARD = "/odoo/ops-dashboard?dashboard"
PICTURES = [
    Picture("overview", "manager", f"{ENGINE}.ops_site_action_overview", ".o_kanban_record"),
    Picture("supply-items", "manager", f"{SUPPLY}.ops_supply_item_action", ".o_data_row"),
    Picture("supply-item", "manager", "{item}", ".o-mail-Message"),
    Picture("supplier-answers", "manager", f"{SUPPLY}.ops_supply_answer_action", ".o_data_row"),
    Picture("event", "manager", "{event}", ".o_form_view .o_data_row"),
    Picture("exceptions", "procurement", f"{ENGINE}.ops_exception_action", ".o_kanban_record"),
    Picture("exception", "procurement", "{exception}", ".o_form_view .o_form_sheet"),
    Picture(
        "site",
        "administrator",
        f"{ENGINE}.ops_site_action",
        ".o_form_view .o_form_sheet",
        click=".o_data_row .o_data_cell",
    ),
    Picture("my-approvals", "approver", "/odoo/ops-my-approvals", ".o_ops_approval_panel"),
    Picture("ask", "requester", "/odoo/ask", ".o_ops_catalogue .o_kanban_record"),
    Picture("my-requests", "requester", "/odoo/my-requests", ".o_kanban_record"),
    Picture("verifications", "auditor", f"{ENGINE}.ops_audit_verification_action", ".o_list_view"),
    Picture("control-tower", "manager", f"{DASHBOARD}=control_tower", ".o_ops_figure"),
    Picture("processes", "manager", f"{DASHBOARD}=processes&period=90d", ".o_ops_figure"),
    Picture("supply", "manager", f"{DASHBOARD}=supply&period=90d", ".o_ops_figure"),
    Picture("settings", "admin", f"{ENGINE}.res_config_settings_action", ".o_setting_box"),
]


def main(argv=None):
    """Take all pictures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m dev.screenshots", description=__doc__)
    target.add_arguments(parser)
    arguments = parser.parse_args(argv)
    from dev.story.__main__ import play
    from dev.story.timeline import StoryFailed

    try:
        program = browser.find()
        with target.serving(arguments, "screenshots") as server:
            _first, links = play(server)
            take_all(server, links, program)
    except StoryFailed as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        return 1
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        return 130
    return 0


def take_all(server, links, program):
    """Write every picture of ``PICTURES`` with the Chromium ``program``."""
    # Late: the package is in the environment that the set-up makes.
    from playwright.sync_api import Error, sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", *browser.QUIET]
        )
        pages = {}
        for picture in PICTURES:
            if picture.login not in pages:
                pages[picture.login] = sign_in(chromium, server, picture.login)
            try:
                take(pages[picture.login], server, links, picture)
            except Error as error:
                problem = f"picture {picture.name}: {error}"
                raise ui.Failure(problem, f"open {picture.path} as {picture.login}") from error
        chromium.close()


def sign_in(chromium, server, login):
    """Return a page on which ``login`` has signed in."""
    accounts = json.loads(LOGINS.read_text(encoding="utf-8"))
    # Odoo's own administrator is no part of the network.
    passwords = {"admin": "admin"} | {row["login"]: row["password"] for row in accounts}
    context = chromium.new_context(
        viewport=SIZE, locale="en-US", timezone_id="Europe/Berlin", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", passwords[login])
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_web_client")
    return page


def take(page, server, links, picture):
    """Open the picture's page, wait until it is complete, and write the file."""
    page.goto(server.url + picture.path.format(**links))
    if picture.click:
        page.click(picture.click)
    page.wait_for_selector(picture.ready)
    page.add_style_tag(content=CALM)
    page.wait_for_function(COMPLETE)
    page.wait_for_timeout(SETTLE_MS)
    path = FOLDER / f"{picture.name}.png"
    path.write_bytes(reduced(page.screenshot()))
    print(f"  {paths.shown(path)} ({path.stat().st_size // 1024} kB)", flush=True)


def reduced(png):
    """Return the PNG with a palette instead of full colour."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    output = io.BytesIO()
    image.save(output, "PNG", optimize=True)
    return output.getvalue()


if __name__ == "__main__":
    sys.exit(main())
