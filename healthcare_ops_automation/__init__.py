from . import controllers, core, models
from .hooks import uninstall_hook
