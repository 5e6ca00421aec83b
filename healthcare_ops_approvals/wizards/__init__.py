from . import ops_approval_trial
