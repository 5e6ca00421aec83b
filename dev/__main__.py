"""Entry point: ``python3 -m dev <command>``; the Makefile's targets end up here.

This file keeps to syntax that old interpreters read, so that a wrong Python gets a sentence
instead of a syntax error.
"""

import sys

OLDEST, TRIED, NEWEST = (3, 10), (3, 11), (3, 13)


def check_python():
    """Stop on an interpreter Odoo 19 does not run on; return a note for an untried one."""
    version = sys.version_info[:2]
    name = f"Python {version[0]}.{version[1]}"
    if version < OLDEST or version > NEWEST:
        sys.stderr.write(
            f"error: {name} is not supported, Odoo 19 needs 3.10 to 3.13 (3.11 is tried)\n"
            "remedy: install python3.11 with its venv module, or name one: "
            "make PYTHON=/path/to/python3.11 ...\n"
        )
        sys.exit(1)
    if version != TRIED:
        return f"note: {name} is accepted; the suite is tried on 3.11."
    return None


def main():
    """Check the interpreter, then hand over to the command table."""
    note = check_python()
    from dev import cli

    return cli.main(sys.argv[1:], note)


if __name__ == "__main__":
    sys.exit(main())
