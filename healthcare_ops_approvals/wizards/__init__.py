from . import ops_approval_bulk
