{
    "name": "Healthcare Operations: Approvals",
    "summary": "The lines of authority that approvals and escalations follow",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Healthcare Operations",
    "author": "Healthcare Operations Suite contributors",
    "website": "https://github.com/healthcare-ops/healthcare-operations-suite",
    "license": "LGPL-3",
    "depends": ["healthcare_ops_automation", "hr"],
    "data": [
        "security/ir.model.access.csv",
        "security/ops_approval_policy_rules.xml",
        "views/hr_department_views.xml",
        "views/ops_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["healthcare_ops_approvals/static/src/**/*"],
        "web.assets_tests": ["healthcare_ops_approvals/static/tests/tours/**/*"],
    },
}
