import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * What happened to an exception, newest first, with how often on each of the last days. The
 * server says all of it in the reader's language (ops_exception_timeline.py).
 */
export class ExceptionTimeline extends Component {
    static template = "healthcare_ops_automation.ExceptionTimeline";
    static props = {timeline: {type: [Object, Boolean], optional: true}};

    get trendTitle() {
        return _t(
            "How often it happened on each of the last %s days",
            this.props.timeline.trend.length,
        );
    }
}

class ExceptionTimelineField extends Component {
    static template = "healthcare_ops_automation.ExceptionTimelineField";
    static components = {ExceptionTimeline};
    static props = {...standardFieldProps};

    get timeline() {
        return this.props.record.data[this.props.name] || false;
    }
}

registry.category("fields").add("ops_exception_timeline", {
    component: ExceptionTimelineField,
    displayName: _t("What happened to an exception"),
    supportedTypes: ["json"],
});
