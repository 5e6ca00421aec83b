from . import ops_callback
from . import ops_callback_content
