from . import authority
from . import gate
from . import policy
from . import request
from . import free
from . import work
from . import escalation
from . import watch
