from . import res_users
from . import res_users_sources
from . import res_users_handover
