from . import health
from . import health_description
from . import metrics_description
from . import metrics
from . import dashboard
