from . import places
from . import time
from . import exceptions
from . import audit
from . import events
from . import delivery
from . import inbound
from . import settings
