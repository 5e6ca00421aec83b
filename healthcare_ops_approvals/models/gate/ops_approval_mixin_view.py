from lxml import etree

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PANEL = "ops_approval_panel"
# What stands above the panel in a form.
HEADS = ("button_box", "web_ribbon")
COUNT = "approval_request_count"


class OpsApprovalMixin(models.AbstractModel):
    """The form of every document under approval says how its approval stands.

    How it works: as with the button of a record's events, the panel is put into the form view when
    it is loaded, as soon as a policy was ever published for the model or something was submitted.
    What it says is asked for once the form is shown (static/src/approval_panel): a company without
    a policy sees nothing of it.
    """

    _inherit = "ops.approval.mixin"

    approval_request_count = fields.Integer(
        string="Approval requests", compute="_compute_approval_request_count"
    )

    approval_waits_for_me = fields.Boolean(
        string="Waits for my approval",
        compute="_compute_approval_waits_for_me",
        search="_search_approval_waits_for_me",
    )

    @api.depends_context("uid")
    def _compute_approval_request_count(self):
        requests = self.env["ops.approval.request"]
        counts = {}
        if requests.has_access("read"):
            domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            counts = dict(requests._read_group(domain, ["res_id"], ["__count"]))
        for document in self:
            document.approval_request_count = counts.get(document.id, 0)

    @api.depends_context("uid")
    def _compute_approval_waits_for_me(self):
        waiting = self.search([("id", "in", self.ids), ("approval_waits_for_me", "=", True)])
        for document in self:
            document.approval_waits_for_me = document in waiting

    @api.model
    def _search_approval_waits_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = [("res_model", "=", self._name), ("waits_for_me", "=", True)]
        query = self.env["ops.approval.request"]._search(mine)
        waiting = Domain("id", "in", query.subselect("res_id"))
        return waiting if set(value) == {True} else ~waiting if set(value) == {False} else []

    def action_open_approval_requests(self):
        """The requests of these documents that the user may read; of one alone its form."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_request_action"
        )
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        found = self.env["ops.approval.request"].search(domain, limit=2)
        if len(found) == 1:
            return {**action, "views": [(False, "form")], "res_id": found.id, "context": {}}
        return {**action, "domain": domain, "context": {}}

    # -- the form -------------------------------------------------------------------------

    @api.model
    def _ops_is_under_approval(self):
        """Whether a policy for this model was ever published, or anything was submitted."""
        if self._abstract or self._transient:
            return False
        for model in ("ops.approval.policy", "ops.approval.policy.version", "ops.approval.request"):
            self.env[model].flush_model()
        found = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM ops_approval_policy policy"
                " JOIN ops_approval_policy_version version ON version.policy_id = policy.id"
                " WHERE policy.model_name = %(model)s AND version.state <> 'draft')"
                " OR EXISTS (SELECT FROM ops_approval_request WHERE res_model = %(model)s)",
                model=self._name,
            )
        )
        return found[0][0]

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, view_type == "form" and self._ops_is_under_approval())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form" and self._ops_is_under_approval():
            self._ops_add_approval(arch)
        return arch, view

    @api.model
    def _ops_add_approval(self, arch):
        place = arch.find("sheet")
        place = arch if place is None else place
        box = place.find("div[@name='button_box']")
        if box is not None:
            self._ops_add_requests_button(box)
        above = [
            index
            for index, node in enumerate(place, 1)
            if node.tag == "header" or node.get("name") in HEADS
        ]
        panel = etree.Element("widget", name=PANEL, invisible="not id")
        place.insert(max(above, default=0), panel)

    @api.model
    def _ops_add_requests_button(self, box):
        readers = self.env["ir.model.access"]._get_access_groups("ops.approval.request").key
        values = {"__groups_key__": readers, "class": "oe_stat_button", "icon": "fa-check-square-o"}
        values |= {"name": "action_open_approval_requests", "type": "object"}
        button = etree.SubElement(box, "button", values, invisible=f"not {COUNT}")
        words = self.env._("Approvals")
        etree.SubElement(button, "field", name=COUNT, widget="statinfo", string=words)
