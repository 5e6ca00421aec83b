from . import ops_process
from . import ops_milestone
from . import ops_event_type
from . import ops_case
from . import ops_case_step
