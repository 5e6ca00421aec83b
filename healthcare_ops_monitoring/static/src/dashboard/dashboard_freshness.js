import {Component, onMounted, onWillUnmount, useExternalListener, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;
/** Seconds. Figures are asked for again after so long, while somebody looks. */
const REFRESH_AFTER = 120;
/** From here on the page says that it is old. */
const STALE_AFTER = 300;
const LOOK_EVERY = 15000;

/** As of when the figures are; asks for new ones now and then, only while the page is seen. */
export class DashboardFreshness extends Component {
    static template = "healthcare_ops_monitoring.DashboardFreshness";
    static props = {
        at: {type: [String, {value: null}]},
        zone: String,
        failed: Boolean,
        loading: Boolean,
        refresh: Function,
    };

    setup() {
        this.state = useState({now: DateTime.now()});
        this.triedAt = DateTime.now();
        onMounted(() => (this.timer = setInterval(() => this.look(), LOOK_EVERY)));
        onWillUnmount(() => clearInterval(this.timer));
        useExternalListener(document, "visibilitychange", () => this.look());
    }

    look() {
        this.state.now = DateTime.now();
        const since = Math.min(this.age, this.state.now.diff(this.triedAt).as("seconds"));
        if (!document.hidden && !this.props.loading && since >= REFRESH_AFTER) {
            this.triedAt = this.state.now;
            this.props.refresh();
        }
    }

    get moment() {
        return DateTime.fromSQL(this.props.at, {zone: "utc"}).setZone(this.props.zone);
    }

    /** Of the figures, in seconds. */
    get age() {
        return this.props.at ? this.state.now.diff(this.moment).as("seconds") : 0;
    }

    get old() {
        return this.props.failed || this.age >= STALE_AFTER;
    }

    get text() {
        const asOf = _t("As of %(time)s (%(zone)s)", {
            time: this.moment.toLocaleString(DateTime.TIME_SIMPLE),
            zone: this.props.zone,
        });
        if (this.props.failed) {
            return _t("%s. The last attempt to refresh failed.", asOf);
        }
        return this.old ? _t("%s. These figures are old.", asOf) : asOf;
    }
}
