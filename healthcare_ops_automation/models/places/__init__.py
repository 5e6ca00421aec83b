from . import base
from . import ops_site
from . import res_users
