import requests

from odoo import models


class BenchQueueJob(models.AbstractModel):
    _name = "bench.queue.job"
    _description = "Job that posts"

    def _post(self, url, body, headers):
        """What a job with the task of a delivery does: one POST, an error when it fails."""
        requests.post(url, data=body, headers=headers, timeout=15).raise_for_status()
