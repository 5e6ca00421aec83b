from . import ops_delivery_override
from . import ops_endpoint_sample
