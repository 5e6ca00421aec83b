from . import ops_approval_bulk
from . import ops_approval_trial
