<<<<<<< HEAD
from . import sla_clock
=======
from . import automation_failed
>>>>>>> main
