from . import test_access
from . import test_access_rights
from . import test_department
from . import test_line_manager
from . import test_core_coverage
from . import test_core_matrix
from . import test_core_seats
