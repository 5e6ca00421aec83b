from . import ops_audit_entry
