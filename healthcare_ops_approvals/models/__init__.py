from . import authority
from . import gate
from . import policy
from . import request
from . import delegation
from . import absence
from . import escalation
from . import watch
