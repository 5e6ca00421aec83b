from . import ops_approval_delegation
from . import ops_approval_delegation_checks
from . import ops_approval_delegation_scope
from . import ops_approval_delegation_tell
from . import ops_approval_assignment
from . import ops_approval_request
from . import res_config_settings
from . import res_users
