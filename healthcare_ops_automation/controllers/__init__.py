from . import callbacks
from . import openapi
