"""The campaign of callbacks, the second half of ``make faults``.

Generated callbacks, signed validly and wrongly, go to a real Odoo server: hypothesis makes raw
bytes, headers, encodings, sizes, addresses and ways to transfer a body; schemathesis makes calls
from the OpenAPI document that this very server serves; sixteen senders send the same message at
once, and different ones about one record at once.

The promises: never a 5xx, never an effect without a valid signature, one effect per id, a problem
body with the right status for whatever is refused, no traceback and no secret in any body or in
the log, and nothing unexpected in the log. What was answered is compared with what the database
holds afterwards. When one is broken, hypothesis looks for the smallest example, which is printed.

What is generated follows from ``--seed``.
"""
