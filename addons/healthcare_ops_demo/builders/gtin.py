"""GTINs under a prefix that GS1 keeps for restricted circulation.

Numbers beginning with 2 are never assigned to a manufacturer (GS1 General
Specifications, "restricted circulation numbers"), so no demo barcode can meet a real one.
"""

PREFIX = "2990"
ITEM_DIGITS = 8


def check_digit(digits):
    """The GS1 check digit (modulo 10, weights 3 and 1 from the right) of ``digits``."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_valid(gtin):
    """Whether ``gtin`` has 13 or 14 digits and the right check digit."""
    return gtin.isdigit() and len(gtin) in (13, 14) and check_digit(gtin[:-1]) == gtin[-1]


def gtin13(number):
    """The GTIN-13 of the consumable with this running number, as a string."""
    body = f"{PREFIX}{number:0{ITEM_DIGITS}d}"
    return body + check_digit(body)


def gtin14(each, level=1):
    """The GTIN-14 of a box that holds the trade item ``each`` (a GTIN-13)."""
    body = f"{level}{each[:-1]}"
    return body + check_digit(body)
