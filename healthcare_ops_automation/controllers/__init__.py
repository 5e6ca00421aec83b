from . import callbacks
from . import openapi
from . import trail
