from . import ops_callback
from . import ops_callback_call
from . import ops_callback_call_report
from . import ops_callback_content
from . import ops_callback_retention
from . import ops_endpoint_inbound
from . import ops_endpoint_inflow
from . import ops_exception_automation
