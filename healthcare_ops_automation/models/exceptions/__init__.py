from . import ops_exception_category
from . import ops_exception
from . import ops_site
