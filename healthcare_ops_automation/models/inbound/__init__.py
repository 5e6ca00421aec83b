from . import ir_http
from . import ops_callback
from . import ops_callback_content
from . import ops_callback_turn
