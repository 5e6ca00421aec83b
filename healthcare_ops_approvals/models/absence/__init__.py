from . import ops_approval_stage
from . import ops_approval_request_stage
from . import ops_approval_request
from . import ops_approval_request_orphaned
from . import ops_approval_request_sweep
from . import triggers
