{
    "name": "Benchmark: a job that posts",
    "summary": "The comparison with queue_job in make bench",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "Healthcare Operations Suite contributors",
    "website": "https://github.com/healthcare-ops/healthcare-operations-suite",
    "development_status": "Alpha",
    "depends": ["queue_job"],
    "installable": True,
}
