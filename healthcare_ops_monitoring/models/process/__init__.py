from . import ops_process
from . import ops_milestone
from . import ops_event_type
