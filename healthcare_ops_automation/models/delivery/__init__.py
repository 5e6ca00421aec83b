from . import ops_delivery
from . import ops_delivery_attempt
from . import ops_delivery_attempt_retention
from . import ops_delivery_dispatch
from . import ops_endpoint
from . import ops_endpoint_subscription
