from . import ops_approval_bulk
from . import ops_approval_trial
from . import ops_approval_handover
