"""What scheduled actions would work out within a night: whoever looks at once sees figures."""


def work_out(demo):
    """The process log, the days of cover, and the first night of the KPIs' history."""
    demo.env.flush_all()
    demo.env["ops.supply.item"]._write_cover()
    projector = demo.env["ops.projector"]
    while projector._project_batch():
        continue
    demo.env["ops.kpi.value"]._snapshot()
