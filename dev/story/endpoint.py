"""The ``ops.endpoint`` through which the story's receiver is reached."""

from .timeline import StoryFailed

NAME = "Demo receiver"
INTEGRATION_GROUP = "healthcare_ops_automation.group_ops_integration"


def connect(env, receiver):
    """Point the endpoint at ``receiver``, making it the first time; return its callback path."""
    user = env.ref(INTEGRATION_GROUP).user_ids.filtered("active")[:1]
    if not user:
        raise StoryFailed("no user has the role Integration: install the demo network")
    values = {
        "name": NAME,
        "state": "active",
        "url": f"{receiver.url}/events",
        "event_patterns": "supply.*",
        "allowed_networks": "127.0.0.0/8",
        "secret_out": receiver.secret_in,
        "secret_in": receiver.secret_out,
        "user_id": user.id,
        "description": "Stands in for the suppliers' systems while `make demo` runs.",
    }
    endpoint = _find(env)
    if endpoint:
        # An interrupted story may have left deliveries whose receiver is gone.
        _skip_unsettled(env, endpoint)
        endpoint.write(values)
    else:
        endpoint = env["ops.endpoint"].create(values)
    return f"/healthcare_ops/v1/callbacks/{endpoint.token}"


def disconnect(env):
    """Send nothing more: the receiver ends with the story."""
    endpoint = _find(env)
    _skip_unsettled(env, endpoint)
    endpoint.write({"state": "disabled"})


def _find(env):
    return (
        env["ops.endpoint"].with_context(active_test=False).search([("name", "=", NAME)], limit=1)
    )


def _skip_unsettled(env, endpoint):
    """Deliveries keep the order of their record: one that nobody takes holds up the next."""
    unsettled = env["ops.delivery"].search(
        [("endpoint_id", "=", endpoint.id), ("state", "in", ("waiting", "retrying", "sending"))]
    )
    unsettled.write({"state": "skipped", "last_error": "The story's receiver is gone."})
