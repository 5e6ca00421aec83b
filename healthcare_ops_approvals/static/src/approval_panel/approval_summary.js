import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * What a request is about, for an approver who may not open the document: labels and values as
 * the adapter of the document declared them, taken down when it was submitted.
 */
class ApprovalSummary extends Component {
    static template = "healthcare_ops_approvals.ApprovalSummary";
    static props = {...standardFieldProps};

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("ops_approval_summary", {
    component: ApprovalSummary,
    displayName: _t("What an approval request is about"),
    supportedTypes: ["json"],
});
