from . import ops_metric_counter
from . import ops_metrics
from . import ops_metrics_deliveries
from . import ops_metrics_work
from . import ops_metrics_process_log
from . import metrics_token
from . import ops_metrics_token
from . import res_config_settings
