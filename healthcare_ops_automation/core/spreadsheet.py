"""Rows for a spreadsheet: CSV that nobody's text can turn into a formula."""

import csv
import io
import re
from datetime import datetime

# OWASP, CSV Injection: what a spreadsheet takes for the beginning of a formula. A mark before
# it makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TEXT_MARK = "'"
# A spreadsheet whose separator is the semicolon begins a cell after one within a text, too, and
# a row after a line break: it does not take quotes in the middle of a line for quotes.
WITHIN = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])")


def cell(value):
    """A value as it stands in a cell: nothing for what is empty, text never as a formula.

    Numbers stay what they are; times are UTC, ISO 8601.
    """
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str):
        is_formula = value.lstrip(" ").startswith(FORMULA_STARTS)
        return (TEXT_MARK if is_formula else "") + WITHIN.sub(rf"\1{TEXT_MARK}", value)
    return value


class Sheet:
    """Writes rows to a binary file as RFC 4180 CSV: CRLF, UTF-8 with a byte order mark, without
    which Excel takes it for an eight-bit code page."""

    def __init__(self, file):
        self._file = file
        file.write(b"\xef\xbb\xbf")

    def row(self, values):
        line = io.StringIO()
        csv.writer(line).writerow([cell(value) for value in values])
        self._file.write(line.getvalue().encode())
