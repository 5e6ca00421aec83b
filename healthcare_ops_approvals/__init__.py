from . import contracts, models, wizards
from .hooks import uninstall_hook
