from . import ops_delivery_override
from . import ops_endpoint_sample
from . import ops_exception_triage
from . import ops_exception_triage_line
from . import ops_automation_switch
from . import ops_fallback_start
from . import ops_fallback_end
