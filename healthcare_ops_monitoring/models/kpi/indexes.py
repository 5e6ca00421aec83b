"""Indexes by the times by which records belong to a period, for figures over years."""

from odoo import models


class OpsApprovalRequest(models.Model):
    _inherit = "ops.approval.request"

    _decided_at_idx = models.Index(
        "(decided_at, company_id, site_id) WHERE state IN ('approved', 'rejected')"
    )


class OpsDelivery(models.Model):
    _inherit = "ops.delivery"

    _created_at_idx = models.Index("(created_at, company_id, site_id)")


class OpsException(models.Model):
    _inherit = "ops.exception"

    _first_seen_idx = models.Index("(first_seen)")
    _closed_at_idx = models.Index("(closed_at) WHERE closed_at IS NOT NULL")


class OpsSlaClock(models.Model):
    _inherit = "ops.sla.clock"

    _stopped_at_idx = models.Index(
        "(stopped_at, company_id, site_id) WHERE state IN ('met', 'breached')"
    )
