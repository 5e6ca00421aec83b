import {Component, useEffect, useState} from "@odoo/owl";

import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Counting stops here, as in the pager of a list. */
const COUNT_LIMIT = 10000;

/**
 * The button that opens a record's events, with their number. The server puts it into the form
 * views of models that have had events, for those who may read events (models/forms).
 *
 * It counts after the form is shown, and again whenever the record was loaded or saved; never
 * while it is being edited. A record without events shows no button.
 */
export class RecordEvents extends Component {
    static template = "healthcare_ops_automation.RecordEvents";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({count: 0});
        useEffect(
            (record, resId, loaded) => {
                if (resId && loaded) {
                    this.count();
                }
            },
            () => {
                const {record} = this.props;
                // The data are another object after each load and save.
                return [record, record.resId, !record.dirty && record.data];
            },
        );
    }

    get domain() {
        const {resModel, resId} = this.props.record;
        return [
            ["res_model", "=", resModel],
            ["res_id", "=", resId],
        ];
    }

    get number() {
        const {count} = this.state;
        return count < COUNT_LIMIT ? formatInteger(count) : `${formatInteger(COUNT_LIMIT - 1)}+`;
    }

    async count() {
        const counting = this.orm.silent.searchCount("ops.event", this.domain, {
            limit: COUNT_LIMIT,
        });
        this.state.count = await this.keepLast.add(counting);
    }

    async open() {
        const {domain} = this;
        const action = await this.action.loadAction("healthcare_ops_automation.ops_event_action");
        // The action's own context filters what is listed everywhere; here it is this record's.
        await this.action.doAction({...action, domain, context: {}});
    }
}

registry.category("view_widgets").add("ops_record_events", {
    component: RecordEvents,
});
