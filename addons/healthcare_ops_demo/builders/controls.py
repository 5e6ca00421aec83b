"""A control as an administrator writes one, with what it finds in the network."""


def build_controls(demo):
    """Repairs that nobody took up for days; its findings are exceptions of today."""
    env = demo.env
    model = env["ir.model"]._get("maintenance.request")
    new = env.ref("maintenance.stage_0")
    control = env["ops.control"].create(
        {
            "name": "Repairs that nobody took up",
            "code": "MNT-01",
            "description": "A device that waits unseen is missing where care is given, or is used "
            "although it should not be.",
            "model_id": model.id,
            "domain": f"[('stage_id', '=', {new.id}), ('maintenance_type', '=', 'corrective')]",
            "date_field_id": env["ir.model.fields"]._get(model.model, "request_date").id,
            "limit_hours": 8,
            "hours": "site",
            "category_id": env.ref("healthcare_ops_demo.exception_category_repair_late").id,
            "user_id": demo.ref("user", "administrator").id,
            "interval_number": 4,
            "interval_type": "hours",
        }
    )
    demo.bind("control", ["repairs"], control)
    control._run()
