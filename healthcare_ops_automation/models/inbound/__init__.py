from . import ops_callback
