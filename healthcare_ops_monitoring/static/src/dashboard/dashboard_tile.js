import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";

import {DashboardChart} from "./dashboard_chart";
import {ARROWS, EMPTY, STATES, VERDICTS, whatGivesMore} from "./dashboard_words";

/** What a figure is, in words: opened from its tile. */
class Definition extends Component {
    static template = "healthcare_ops_monitoring.DashboardDefinition";
    static props = {name: String, lines: Array, close: {type: Function, optional: true}};
}

/** A tile: its frame at once, its answer when it comes; without a figure it says why. */
export class DashboardTile extends Component {
    static template = "healthcare_ops_monitoring.DashboardTile";
    static components = {DashboardChart};
    static props = {
        tile: Object,
        answer: {type: Object, optional: true},
        busy: Boolean,
        wider: {type: Object, shape: {time: Boolean, place: Boolean}},
        open: Function,
        retry: Function,
    };

    setup() {
        this.states = STATES;
        this.popover = usePopover(Definition, {position: "bottom"});
    }

    get answer() {
        return this.props.answer;
    }

    get body() {
        return `healthcare_ops_monitoring.DashboardTile.${this.props.tile.kind}`;
    }

    /** Why there is nothing to draw; null where there is. */
    get empty() {
        const {status} = this.answer;
        if (status === "ok") {
            return null;
        }
        const words = {...EMPTY[status]};
        words.text = this.answer.hint || words.text;
        if (status === "no_data" && this.answer.empty) {
            words.icon = "fa-check-circle-o";
            words.title = this.answer.empty;
            words.text = "";
        }
        if (status === "few") {
            const {wider} = this.props;
            words.title = _t("Too few to say: n = %s", this.answer.n);
            words.text ||= whatGivesMore({...wider, time: wider.time && !this.answer.now});
        }
        return words;
    }

    get figureLabel() {
        const {name, words, n_words, band} = this.answer;
        return [`${name}: ${words}`, band?.word, n_words].filter(Boolean).join(", ");
    }

    arrow(name) {
        return ARROWS[name];
    }

    verdict(name) {
        return VERDICTS[name];
    }

    /** One point alone is no course of things. */
    get hasSpark() {
        return (this.answer.points || []).filter(({value}) => value !== null).length > 1;
    }

    toggleDefinition(event, name, lines) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(event.currentTarget, {name, lines});
        }
    }
}
