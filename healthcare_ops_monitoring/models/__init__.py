from . import health
from . import kpi
from . import process
