from . import authority
from . import gate
