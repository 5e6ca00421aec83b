"""Downloads of the trail, by people who are signed in."""

import json
import tempfile

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import Response, content_disposition, request

# Up to so much stays in memory.
MEMORY_BYTES = 5 * 1024 * 1024


class TrailController(http.Controller):
    @http.route("/healthcare_ops/trail/export/<int:dialog_id>", auth="user")
    def export(self, dialog_id):
        """The table that the dialog describes: CSV, written to a file before it is sent."""
        dialog = request.env["ops.audit.export"].browse(dialog_id).exists()
        if not dialog:
            raise request.not_found()
        dialog.check_access("read")
        file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # closed with the response
        dialog._write(file)
        file.seek(0)
        headers = {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": content_disposition(dialog._file_name()),
            "X-Content-Type-Options": "nosniff",
        }
        body = wrap_file(request.httprequest.environ, file)
        return Response(body, headers=headers, direct_passthrough=True)

    @http.route("/healthcare_ops/trail/head/<int:verification_id>", auth="user")
    def head(self, verification_id):
        """The head of a chain as a small file, to be kept elsewhere."""
        verification = request.env["ops.audit.verification"].browse(verification_id).exists()
        if not verification:
            raise request.not_found()
        verification.check_access("read")
        head = verification._head_to_keep()
        name = f"trail-head-{verification.company_id}-{verification.head_sequence}.json"
        return request.make_response(
            json.dumps(head, indent=2, ensure_ascii=False) + "\n",
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Content-Disposition": content_disposition(name),
            },
        )
