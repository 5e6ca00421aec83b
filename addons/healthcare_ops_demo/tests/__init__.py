from . import test_core_gtin
from . import test_core_holidays
from . import test_core_plan
from . import test_demo_composed
from . import test_demo_network
from . import test_demo_history
from . import test_demo_logins
from . import test_every_page
