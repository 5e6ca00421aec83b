from . import base
from . import ops_event_type
from . import ops_event
from . import ops_event_chain
from . import ops_event_emit
from . import ops_event_seal
from . import ops_event_retention
