from . import ops_approval_request_stage
from . import ops_approval_request
from . import ops_approval_request_sweep
from . import ops_approval_assignment
from . import ops_approval_bottleneck
from . import res_config_settings
