from . import automation_failed
from . import sla_clock
