from . import ops_control
from . import ops_control_author
from . import ops_control_run
from . import ops_control_check
from . import ops_control_find
from . import ops_exception
