"""``odoo verify_trail``: look from outside of Odoo whether what was recorded is as it was."""

import argparse
import json
import logging
import re
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config

ENGINE = "healthcare_ops_automation"
CLEAN, FOUND, TROUBLE = 0, 1, 2
ANCHOR = re.compile(r"(\d+):(\d+):([0-9a-fA-F]{64})")


class VerifyTrail(Command):
    """Verify the trail: every audit entry and decision against its seal, and the chain of seals.

    The result is kept in the database like one that a person asked for, and raises the same
    exception. Ends with 0 when nothing was found, with 1 when something was tampered with, and
    with 2 when it could not be looked at.
    """

    name = "verify_trail"

    def run(self, args):
        """Parse, verify, print, and leave with the exit code."""
        arguments = self._arguments(args)
        options = ["--no-http", "--log-level=warn"]
        for option, value in (("-c", arguments.config), ("-d", arguments.database)):
            options += [option, value] if value else []
        config.parse_config(options, setup_logging=True)
        databases = config["db_name"] or []
        if len(databases) != 1:
            self._give_up("name one database: -d NAME")
        sys.exit(self._verify(databases[0], arguments))

    def _arguments(self, args):
        parser = self.parser
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("-c", "--config", metavar="PATH", help="Odoo's configuration file")
        parser.add_argument("-d", "--database", metavar="NAME", help="which database")
        parser.add_argument(
            "--company",
            metavar="ID",
            type=int,
            action="append",
            help="only the chain of this root company; 0: of no company; may be repeated",
        )
        parser.add_argument(
            "--anchor",
            metavar="COMPANY:SEQUENCE:HASH",
            type=self._anchor,
            action="append",
            default=[],
            help="a head that was kept elsewhere; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
        return parser.parse_args(args)

    @staticmethod
    def _anchor(text):
        match = ANCHOR.fullmatch(text)
        if not match:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no COMPANY:SEQUENCE:HASH, such as 1:18342:9c56…35ab"
            )
        return int(match[1]), int(match[2]), match[3].lower()

    def _verify(self, database, arguments):
        try:
            registry = Registry(database)
        except Exception as error:
            self._give_up(f"the database {database} cannot be opened: {error}")
        if "ops.audit.verification" not in registry:
            self._give_up(f"{ENGINE} is not installed in the database {database}")
        from odoo.addons.healthcare_ops_automation.core.chain import Anchor

        given = {}
        for company_id, sequence, text in arguments.anchor:
            given.setdefault(company_id, []).append(Anchor(sequence, text, "given"))
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            verifications = env["ops.audit.verification"]
            chains = arguments.company
            if chains is None:
                chains = sorted({*verifications._chains(), *given})
            done = verifications._verify(chains, given)
            said = [self._told(verification) for verification in done]
        self._print(said, arguments.json)
        return FOUND if any(each["findings"] for each in said) else CLEAN

    @staticmethod
    def _told(verification):
        return {
            **verification._head_to_keep(),
            "result": verification.result,
            "entries": verification.entry_count,
            "purged": verification.purged_count,
            "not_compared": verification.absent_count,
            "unsealed": verification.unsealed_count,
            "anchored_to": verification.anchored_to,
            "found": verification._findings_in_words(),
            "more": verification._more(),
        }

    def _print(self, said, as_json):
        if as_json:
            sys.stdout.write(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
            return
        for each in said:
            unsealed = f", {each['unsealed']} not sealed yet" if each["unsealed"] else ""
            result = {"clean": "ok", "behind": "ok, sealing is behind", "found": "TAMPERED WITH"}
            sys.stdout.write(
                f"{each['chain']} ({each['root_company']}): {result[each['result']]}; "
                f"{each['entries']} entries compared, {each['purged']} purged{unsealed}; "
                f"head {each['sequence']} {each['hash'] or '-'}\n"
            )
            for finding in each["found"]:
                where = (
                    f"{finding['res_model']},{finding['entry']}" if finding["entry"] else "chain"
                )
                seal = f" seal {finding['seal']}" if finding["seal"] else ""
                at = f" {finding['at']}" if finding["at"] else ""
                sys.stdout.write(
                    f"  {finding['title'].upper()} {where}{seal}{at}: {finding['words']}\n"
                )
            if each["more"]:
                sys.stdout.write(f"  and {each['more']} more\n")
        if not said:
            sys.stdout.write("there is nothing to verify\n")

    def _give_up(self, problem):
        logging.shutdown()
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(TROUBLE)
