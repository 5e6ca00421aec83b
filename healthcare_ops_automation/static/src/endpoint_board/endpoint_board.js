import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * How an endpoint is doing, on top of its page: its state in words, what is stuck, the dead
 * letters by cause with what can be done about them, and the last answers. The server says all
 * of it in the reader's language and with the reader's rights (ops_endpoint_board.py).
 */
export class EndpointBoard extends Component {
    static template = "healthcare_ops_automation.EndpointBoard";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get board() {
        return this.props.record.data[this.props.name];
    }

    /** Call a button method of the endpoint and show what it opens; then load the page anew. */
    async run(method, ...args) {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, method, [[record.resId], ...args]);
        await this.action.doAction(action, {onClose: () => record.load()});
    }

    async openAttempt(id) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ops.delivery.attempt",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("ops_endpoint_board", {
    component: EndpointBoard,
    displayName: _t("How an endpoint is doing"),
    supportedTypes: ["json"],
});
