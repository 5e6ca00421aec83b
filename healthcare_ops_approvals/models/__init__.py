from . import authority
from . import gate
from . import policy
from . import request
from . import work
