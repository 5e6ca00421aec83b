from . import health
from . import process
