from . import approval_request
