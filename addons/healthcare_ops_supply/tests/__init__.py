from . import test_access
from . import test_ops_supply_answer
from . import test_ops_supply_concurrency
from . import test_ops_supply_item
from . import test_ops_supply_level
from . import test_tour_escalation
from . import test_tour_story
from . import test_purchase_policy_route
