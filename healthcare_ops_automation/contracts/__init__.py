from . import audit_head
from . import automation_failed
from . import exception
from . import sla_clock
