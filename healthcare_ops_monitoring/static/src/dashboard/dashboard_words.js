import {_t} from "@web/core/l10n/translation";

/** How each state of a figure looks and reads: never by colour alone. */
export const STATES = {
    critical: {word: _t("Critical"), icon: "fa-times-circle", color: "danger"},
    warning: {word: _t("Needs attention"), icon: "fa-exclamation-triangle", color: "warning"},
    good: {word: _t("Fine"), icon: "fa-check-circle", color: "success"},
    none: {word: _t("Not known"), icon: "fa-minus-circle", color: "secondary"},
};

/** What a tile without a figure says, and what can be done about it. */
export const EMPTY = {
    few: {
        icon: "fa-hourglass-half",
        title: _t("Too few to say"),
    },
    no_data: {
        icon: "fa-inbox",
        title: _t("No data"),
        text: _t("Nothing of this kind in the chosen period and place."),
    },
    no_access: {
        icon: "fa-lock",
        title: _t("No access"),
        text: _t("Your role does not read these records. Ask an administrator."),
    },
    not_installed: {
        icon: "fa-puzzle-piece",
        title: _t("Not installed"),
        text: _t("The module that brings this figure is not installed."),
    },
    error: {
        icon: "fa-chain-broken",
        title: _t("Could not be worked out"),
        text: _t("The rest of the page is not touched by it."),
    },
};

/** What gives a figure where there are too few: only what the reader can still widen. */
export function whatGivesMore({time, place}) {
    if (time && place) {
        return _t("A longer period or more sites give a figure.");
    }
    if (time) {
        return _t("A longer period gives a figure.");
    }
    return place ? _t("More sites give a figure.") : _t("More records give a figure.");
}

export const ARROWS = {up: "fa-arrow-up", down: "fa-arrow-down", flat: "fa-arrow-right"};

export const VERDICTS = {good: "text-success", bad: "text-danger", none: "o_ops_soft"};

/** What the keys do, as the page lists them. */
export const SHORTCUTS = [
    {keys: ["R"], does: _t("ask for the figures again")},
    {keys: ["/"], does: _t("go to the filters")},
    {keys: ["["], does: _t("the dashboard before")},
    {keys: ["]"], does: _t("the next dashboard")},
    {keys: ["Tab"], does: _t("from tile to tile")},
    {keys: ["Enter"], does: _t("open the records behind a figure")},
    {keys: ["?"], does: _t("show or hide this")},
];
