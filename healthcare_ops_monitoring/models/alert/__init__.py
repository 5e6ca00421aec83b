from . import ops_alert_rule
from . import ops_alert_rule_check
from . import ops_alert_rule_read
from . import ops_alert_rule_watch
from . import ops_alert_rule_try
from . import ops_alert
from . import ops_alert_tell
from . import ops_exception
