from . import ops_approval_mixin
