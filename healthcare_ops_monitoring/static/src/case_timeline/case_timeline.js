import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The way of a case from its first milestone on, oldest first. The server says all of it in the
 * reader's language (ops_case_page.py).
 */
class CaseTimelineField extends Component {
    static template = "healthcare_ops_monitoring.CaseTimelineField";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get timeline() {
        return this.props.record.data[this.props.name] || {items: [], more: 0};
    }

    openEvent(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ops.event",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("ops_case_timeline", {
    component: CaseTimelineField,
    displayName: _t("Timeline of a case"),
    supportedTypes: ["json"],
});
