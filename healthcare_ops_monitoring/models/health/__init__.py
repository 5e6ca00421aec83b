from . import ops_health
from . import ops_health_delivery
from . import ops_health_escalation
from . import ops_health_process_log
from . import res_config_settings
