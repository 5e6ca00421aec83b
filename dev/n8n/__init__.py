"""Real n8n beside the running Odoo: ``make n8n`` and ``make test-n8n``."""
