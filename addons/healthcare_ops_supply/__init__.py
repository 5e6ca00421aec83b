from . import contracts, models
