import json

from odoo import http
from odoo.http import request

from ..core.contract import DECLARED
from ..core.openapi import PATHS, document


class OpenApiController(http.Controller):
    """The description of what other systems may call in this database."""

    @http.route(
        ["/healthcare_ops/v1/openapi.json", "/healthcare_ops/v1/openapi.yaml"],
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def openapi(self):
        """The OpenAPI document, of the modules that are installed here.

        Public, because those who need it are tools without a login, and because it says
        nothing of this database but which modules of the suite it has: no address, no
        endpoint, no type that somebody composed here. YAML 1.2 takes JSON as it is
        (RFC 9512), and Odoo has no writer of YAML.
        """
        installed = request.env["ir.module.module"]._installed()

        def here(declarations):
            return [each for each in declarations.values() if each.module in installed]

        described = document(here(DECLARED.events), here(DECLARED.callbacks), here(PATHS))
        as_yaml = request.httprequest.path.endswith(".yaml")
        return request.make_response(
            json.dumps(described, indent=2, ensure_ascii=False),
            headers={
                "Content-Type": "application/yaml" if as_yaml else "application/json",
                "Cache-Control": "public, max-age=300",
            },
        )
