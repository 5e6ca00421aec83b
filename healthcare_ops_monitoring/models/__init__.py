from . import health
from . import kpi
from . import process
from . import alert
from . import metric
from . import dashboard
