"""What a guard lets through, and whom it leaves the rest to."""

import psycopg2

from odoo.exceptions import ConcurrencyError

# Compares records with clocks, and tells people what cannot be mended.
SWEEP_CRON = "healthcare_ops_automation.cron_sla_sweep"
CATEGORY = "service_level"
# Conflicts with other transactions are for Odoo to retry, a lost connection for nobody.
NOT_OURS = (psycopg2.OperationalError, psycopg2.InterfaceError, ConcurrencyError)
