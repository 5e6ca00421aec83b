from . import contracts, models
from .hooks import uninstall_hook
