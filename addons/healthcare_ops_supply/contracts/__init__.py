from . import purchase_order, supply_availability_answered, supply_item
