from . import res_users_approvals
from . import res_users_work
from . import ir_http
