from . import health
from . import health_description
from . import dashboard
