from . import automation_failed
