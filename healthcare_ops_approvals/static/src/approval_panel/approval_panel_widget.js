import {Component, xml} from "@odoo/owl";

import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

import {ApprovalPanel} from "./approval_panel";

/**
 * The approval panel in a form. The server puts it into the form of every document under approval
 * (models/gate/ops_approval_mixin_view.py) and into that of the request.
 */
export class ApprovalPanelWidget extends Component {
    static template = xml`<ApprovalPanel t-props="panelProps" />`;
    static components = {ApprovalPanel};
    static props = {...standardWidgetProps};

    get panelProps() {
        const {record} = this.props;
        return {
            resModel: record.resModel,
            resId: record.resId,
            // The data are another object after each load and save.
            stamp: !record.dirty && record.data,
            save: () => this.props.record.model.root.save(),
            done: () => this.props.record.model.root.load(),
        };
    }
}

registry.category("view_widgets").add("ops_approval_panel", {
    component: ApprovalPanelWidget,
});
