from . import ops_supply_item
from . import ops_supply_item_level
from . import ops_supply_answer
from . import ops_site
from . import stock_warehouse
from . import stock_location
from . import stock_lot
from . import stock_quant
