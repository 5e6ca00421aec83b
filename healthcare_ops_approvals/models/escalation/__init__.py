from . import ops_escalation_policy
from . import ops_escalation_step
from . import ops_escalation
from . import ops_approval_assignment
