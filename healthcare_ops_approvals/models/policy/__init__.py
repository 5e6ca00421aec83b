from . import part
from . import ops_approval_policy
from . import ops_approval_policy_version
from . import ops_approval_row
from . import ops_approval_stage
from . import ops_approval_policy_version_route
from . import ops_approval_policy_version_plan
from . import ops_approval_policy_version_publish
