from odoo import fields, models

from .ops_health_delivery import LANE_THRESHOLD_PARAMETER, LANE_THRESHOLDS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_waiting_critical_seconds = fields.Integer(
        "Critical deliveries late after",
        config_parameter=LANE_THRESHOLD_PARAMETER.format(lane="critical"),
        default=LANE_THRESHOLDS["critical"],
        help="Seconds a critical delivery may be on its way. Then health fails.",
    )
    ops_waiting_standard_seconds = fields.Integer(
        "Standard deliveries late after",
        config_parameter=LANE_THRESHOLD_PARAMETER.format(lane="standard"),
        default=LANE_THRESHOLDS["standard"],
        help="Seconds a standard delivery may be on its way. Then health is degraded.",
    )
    ops_waiting_bulk_seconds = fields.Integer(
        "Bulk deliveries late after",
        config_parameter=LANE_THRESHOLD_PARAMETER.format(lane="bulk"),
        default=LANE_THRESHOLDS["bulk"],
        help="Seconds a bulk delivery may be on its way. Then health is degraded.",
    )
