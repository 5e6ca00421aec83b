from . import supply_availability_answered, supply_item
