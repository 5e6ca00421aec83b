from odoo import fields, models


class OpsEventTypeVersion(models.Model):
    """What the content of a type looked like at one time.

    Events keep the number of their version: by its schema old content is read, masked and
    removed, whatever the type looks like today.
    """

    _name = "ops.event.type.version"
    _description = "Event Type Version"
    _order = "type_id, version desc"
    _rec_name = "version"

    type_id = fields.Many2one(
        "ops.event.type", required=True, index=True, ondelete="cascade", readonly=True
    )
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    json_schema = fields.Text(string="JSON Schema", readonly=True)
    has_sensitive = fields.Boolean(
        string="Personal or secret",
        readonly=True,
        help="Its content may say something personal or secret, so it is masked for readers "
        "without need and removed early.",
    )
    create_uid = fields.Many2one("res.users", string="Created by", readonly=True)
    create_date = fields.Datetime(string="Created", readonly=True)

    _version_uniq = models.UniqueIndex(
        "(type_id, version)", "The event type was changed by somebody else: load it again."
    )
