from . import ops_endpoint_sample
