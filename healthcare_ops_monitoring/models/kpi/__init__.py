from . import ops_kpi
from . import ops_kpi_measure
