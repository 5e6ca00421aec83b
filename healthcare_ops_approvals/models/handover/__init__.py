from . import ops_approval_request
from . import res_users
