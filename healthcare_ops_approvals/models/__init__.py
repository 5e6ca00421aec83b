from . import authority
