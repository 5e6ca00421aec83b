from . import test_access
from . import test_core_health
from . import test_health
from . import test_health_escalation
from . import test_health_page
from . import test_http_health
from . import test_kpi_measure
from . import test_process
