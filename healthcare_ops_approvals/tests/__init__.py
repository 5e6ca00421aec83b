from . import test_access
from . import test_department
from . import test_line_manager
