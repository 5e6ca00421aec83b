{
    "name": "Healthcare Operations: Monitoring",
    "summary": "Health of the suite, for machines and for people, and the catalogue of processes",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Healthcare Operations",
    "author": "Healthcare Operations Suite contributors",
    "website": "https://github.com/healthcare-ops/healthcare-operations-suite",
    "license": "LGPL-3",
    "depends": ["healthcare_ops_approvals"],
    "data": [
        "security/ir.model.access.csv",
        "data/ops_process.xml",
        "views/ops_health_views.xml",
        "views/ops_milestone_views.xml",
        "views/ops_process_views.xml",
        "views/res_config_settings_views.xml",
        "views/ops_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["healthcare_ops_monitoring/static/src/**/*"],
        "web.assets_tests": ["healthcare_ops_monitoring/static/tests/tours/**/*"],
    },
}
