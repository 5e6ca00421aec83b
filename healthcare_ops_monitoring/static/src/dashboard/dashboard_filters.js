import {Component, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

const CUSTOM = "custom";
const {DateTime} = luxon;

/** What the figures are about: company, site, process and period. */
export class DashboardFilters extends Component {
    static template = "healthcare_ops_monitoring.DashboardFilters";
    static props = {layout: Object, address: Object, choose: Function};

    setup() {
        this.custom = CUSTOM;
        this.state = useState({days: false, first: "", last: "", problem: ""});
    }

    get period() {
        return this.props.layout.params.period;
    }

    get ownDays() {
        return this.state.days || this.period.includes("..");
    }

    has(filter) {
        return this.props.layout.dashboard.filters.includes(filter);
    }

    /** Sites of the chosen company; one that is chosen by the address is always among them. */
    get sites() {
        const {company} = this.props.address;
        const {sites} = this.props.layout.choices;
        return company ? sites.filter((site) => site.company === company) : sites;
    }

    get days() {
        const [first, last] = this.period.includes("..") ? this.period.split("..") : ["", ""];
        return {first: this.state.first || first, last: this.state.last || last};
    }

    get filtered() {
        const {company, site, process, period} = this.props.address;
        return Boolean(company || site || process || period);
    }

    chooseId(name, event) {
        this.props.choose({[name]: Number(event.target.value) || null});
    }

    choosePeriod(code) {
        if (code === CUSTOM) {
            const today = DateTime.local();
            Object.assign(this.state, {
                days: true,
                first: this.days.first || today.minus({days: 6}).toISODate(),
                last: this.days.last || today.toISODate(),
            });
            return;
        }
        Object.assign(this.state, {days: false, first: "", last: "", problem: ""});
        // The dashboard's own period need not stand in the address.
        const own = code === this.props.layout.dashboard.period;
        this.props.choose({period: own ? null : code});
    }

    chooseDays() {
        const {first, last} = this.days;
        if (!first || !last || first > last) {
            this.state.problem = _t("Choose a first day and a last one that is not before it.");
            return;
        }
        Object.assign(this.state, {days: false, first: "", last: "", problem: ""});
        this.props.choose({period: `${first}..${last}`});
    }

    clear() {
        Object.assign(this.state, {days: false, first: "", last: "", problem: ""});
        this.props.choose({company: null, site: null, process: null, period: null});
    }
}
