from . import ops_kpi
from . import ops_kpi_measure
from . import ops_kpi_words
from . import ops_kpi_value
from . import ops_kpi_series
from . import ops_kpi_target
