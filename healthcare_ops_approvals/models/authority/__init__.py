from . import hr_department
from . import ops_site
